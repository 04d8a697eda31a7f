/**
 * `Idempotency-Key`: a request that is sent again, since its answer was lost, takes effect once and gets the same answer.
 *
 * Everything that the request does, the key and the answer are one transaction: there is no moment at which the effect is there
 * and the key is not. A request that changed nothing leaves no key behind and may be tried again. Who comes while the first is
 * under way waits without a database connection, or twenty of them would take those that the first one needs.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { print, type ExecutionResult, type GraphQLError } from 'graphql'
import type { DataSource, EntityManager } from 'typeorm'
import { within, type AdminContext } from '../access/index.js'
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'
import type { Execution } from '../platform/graphql/executor.js'
import type { AroundMutation } from '../platform/http/graphql-endpoint.js'
import { digest, openAnswer, sealAnswer } from './sealed-answer.js'

const keepFor = '7 days'
/** Each new key sweeps out some old ones: the table stays as large as a week's use of it. */
const sweptAtOnce = 20
const waitMs = 20_000
const betweenLooksMs = 40

/**
 * How many may be under way at once, by pool. Each holds a connection, and counters of tries and the like take another one
 * meanwhile: were all held by such requests, they would wait for each other.
 */
const underWay = new WeakMap<DataSource, number>()
const shareOfPool = 0.5

async function withRoom<T>({ dataSource }: Database, work: () => Promise<T>): Promise<T | null> {
  const { poolSize = 10 } = dataSource.options
  const count = underWay.get(dataSource) ?? 0
  if (count >= Math.max(1, Math.floor(poolSize * shareOfPool))) return null
  underWay.set(dataSource, count + 1)
  try {
    return await work()
  } finally {
    underWay.set(dataSource, underWay.get(dataSource)! - 1)
  }
}

/** Something broke: of an operation under a key all takes effect, or nothing. */
class TakenBack extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('taken back')
  }
}

interface Asked {
  key: string
  owner: string
  keyHash: Buffer
  requestHash: Buffer
}

/** `isPublic`: of such mutations a key is looked at, and then left alone. */
export const applyOnce =
  (isPublic: (execution: Execution) => boolean): AroundMutation<AdminContext> =>
  async (context, execution, run) => {
    const key = keyOf(context)
    // Before anybody is signed in there is nobody whose key it could be; a session that begins would be taken back with the rest.
    if (key === null || !context.viewer || isPublic(execution)) return run(context)
    return underKey(context, context.viewer.administratorId, key, execution, run)
  }

async function underKey(
  context: AdminContext,
  owner: string,
  key: string,
  execution: Execution,
  run: (context: AdminContext) => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { document, operationName, variables } = execution
  const request = [print(document), operationName ?? '', canonical(variables ?? {})]
  const asked = { key, owner, keyHash: digest(owner, key), requestHash: digest(...request) }
  const until = Date.now() + waitMs
  for (;;) {
    const result = await withRoom(context.system, () =>
      context.system.transaction((manager) => attempt(context, manager, asked, run)),
    ).catch((error: unknown) => {
      if (error instanceof TakenBack) return { data: null, errors: error.errors }
      throw error
    })
    if (result) return result
    if (Date.now() > until) throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: 5 } })
    await sleep(betweenLooksMs * (1 + Math.random()))
  }
}

/** As a structured field (RFC 9651) it has quotes; most clients send it without. */
function keyOf({ http }: AdminContext): string | null {
  const given = http?.request.headers['idempotency-key']
  if (given === undefined) return null
  const key = /^"?([\x21\x23-\x7e]{16,200})"?$/.exec(String(given))?.[1]
  if (!key) {
    throw new ExpectedError('INVALID_REQUEST', {
      message: 'An Idempotency-Key has 16 to 200 visible ASCII characters, and is best a random UUID.',
    })
  }
  return key
}

/** Null while another request with this key is under way. */
async function attempt(
  context: AdminContext,
  manager: EntityManager,
  { key, owner, keyHash, requestHash }: Asked,
  run: (context: AdminContext) => Promise<ExecutionResult>,
): Promise<ExecutionResult | null> {
  const [{ locked }] = await manager.query('SELECT pg_try_advisory_xact_lock($1::bigint) AS locked', [
    keyHash.readBigInt64BE().toString(),
  ])
  if (!locked) return null
  const [before] = await manager.query(
    'SELECT request_hash, sealed_answer FROM idempotency_key WHERE administrator_id = $1 AND key_hash = $2',
    [owner, keyHash],
  )
  if (before) {
    if (!requestHash.equals(before.request_hash)) throw new ExpectedError('IDEMPOTENCY_KEY_REUSED')
    context.http?.response.setHeader('idempotent-replayed', 'true')
    return JSON.parse(openAnswer(before.sealed_answer, key, owner))
  }
  const inner = within(context, manager)
  const result = await run(inner)
  if (!inner.system.hasWritten) return result
  if (result.errors) throw new TakenBack(result.errors)
  await inner.system.query(
    `DELETE FROM idempotency_key WHERE ctid IN (
       SELECT ctid FROM idempotency_key WHERE created_at < now() - $1::interval LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [keepFor, sweptAtOnce],
  )
  const answer = JSON.stringify({ data: result.data })
  await inner.system.query(
    `INSERT INTO idempotency_key (administrator_id, key_hash, request_hash, sealed_answer) VALUES ($1, $2, $3, $4)`,
    [owner, keyHash, requestHash, sealAnswer(answer, key, owner)],
  )
  return result
}

/** JSON with the keys of objects in order: the same request, however the client's language orders them. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
