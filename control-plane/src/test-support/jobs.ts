/** What tests ask of jobs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient, Json } from './api-client.js'

const fields = 'id state dryRun total succeeded failed errorCode'

/** The job, once it has come to an end. */
export async function jobEnded(client: ApiClient, id: string): Promise<Json> {
  for (;;) {
    const { job } = await client.query(`query ($id: ID!) { job(id: $id) { ${fields} } }`, { id })
    if (!['PLANNED', 'QUEUED', 'RUNNING'].includes(job.state)) return job
    await sleep(20)
  }
}

/** Its first rows. */
export async function rowsOf(client: ApiClient, id: string, state?: string): Promise<Json[]> {
  const { job } = await client.query(
    `query ($id: ID!, $state: JobRowState) { job(id: $id) { rows(first: 200, state: $state) {
      nodes { number line operation key state objectId error { code path message } changes { field before after } } } } }`,
    { id, state },
  )
  return job.rows.nodes
}
