/**
 * Any history of changes, and any fate of the connection, ends in the same place: when all is quiet, the node has exactly what
 * the tables say it serves. Two nodes, so that domains can move; frames of one or two entries, so that every cut happens.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compactLog } from '../../changes/compaction.js'
import { recordChanges, recordDomainChangesWithin, recordDomainPlacement } from '../../changes/index.js'
import { abortable } from '../../platform/abortable.js'
import { newId } from '../../platform/ids.js'
import {
  insertDomain,
  insertMailbox,
  makeCustomer,
  makeNode,
  startFleet,
  type Fleet,
} from '../test-support/fleet-fixture.js'
import { configStream } from './config-stream.js'
import type { ConfigFrame } from './frames.js'
import { Unacknowledged } from './unacknowledged.js'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet()
})
afterAll(() => fleet?.stopAll())

type State = Map<string, string>

/** Durable state as a node keeps it: whole snapshots, whole deltas, and the position that belongs to it. */
class ModelNode {
  state: State = new Map()
  position: { epoch: string; revision: number } | null = null
  private staged: State = new Map()
  private stream: AsyncGenerator<ConfigFrame, void, void> | null = null
  private pending: Promise<IteratorResult<ConfigFrame, void>> | null = null
  private sent = new Unacknowledged(2)
  private unanswered: string[] = []

  constructor(readonly id: string) {}

  private open(): AsyncGenerator<ConfigFrame, void, void> {
    this.sent = new Unacknowledged(2)
    this.unanswered = []
    const sources = {
      dataSource: fleet.database.dataSource,
      follower: fleet.changes.follower,
      open: async (sealed: Buffer) => sealed,
      pageSize: 3,
      maxFrameBytes: 700,
      bookmarkMs: 20,
    }
    const request = {
      mailNodeId: this.id,
      epoch: this.position?.epoch ?? null,
      sinceRevision: this.position?.revision ?? null,
    }
    const never = new AbortController().signal
    return abortable(
      (signal) => configStream(sources, request, this.sent, signal),
      never,
      () => undefined,
    )
  }

  /** Takes the next frame if there is one soon; false where there is none. */
  async step(): Promise<boolean> {
    this.stream ??= this.open()
    // As graphql-ws does: one pull at a time, and one that waits goes on waiting.
    this.pending ??= this.stream.next()
    const result = await Promise.race([
      this.pending,
      new Promise<null>((resolve) => setTimeout(() => resolve(null), 60)),
    ])
    if (result === null) return false
    this.pending = null
    if (result.done) this.stream = null
    else this.take(result.value)
    return true
  }

  answer(): void {
    const nonce = this.unanswered.shift()
    if (nonce) expect(this.sent.acknowledge(nonce)).not.toBeNull()
  }

  async drop(): Promise<void> {
    await this.stream?.return()
    this.stream = null
    this.pending = null
  }

  private take(frame: ConfigFrame): void {
    switch (frame.type) {
      case 'SnapshotBegin':
        this.staged = new Map()
        return
      case 'SnapshotChunk':
        for (const { key, resource } of frame.entries) this.staged.set(key, resource!)
        return
      case 'SnapshotEnd':
        this.state = this.staged
        this.position = { epoch: frame.epoch, revision: frame.revision }
        this.unanswered.push(frame.nonce)
        return
      case 'Delta':
        expect(frame.revision).toBeGreaterThan(this.position!.revision)
        for (const { key, version, resource } of frame.entries) {
          expect(version).toBeGreaterThan(this.position!.revision)
          if (resource === null) this.state.delete(key)
          else this.state.set(key, resource)
        }
        this.position = { ...this.position!, revision: frame.revision }
        this.unanswered.push(frame.nonce)
        return
      case 'Bookmark':
        this.position = { ...this.position!, revision: frame.revision }
        return
      case 'Resync':
        this.position = null
    }
  }
}

/** What the tables say: by plain queries, not by the projection under test. */
async function served(mailNodeId: string) {
  const rows = await fleet.database.query<{ key: string; status: string; note: string }>(
    `SELECT 'Domain/' || domain.id AS key, CASE WHEN tenant.status = 'SUSPENDED' THEN 'SUSPENDED' ELSE domain.status END AS
       status, domain.name AS note
     FROM domain JOIN tenant ON tenant.id = domain.tenant_id WHERE mail_node_id = $1
     UNION ALL SELECT 'Mailbox/' || mailbox.id, mailbox.status, mailbox.name
     FROM mailbox JOIN domain ON domain.id = mailbox.domain_id WHERE mail_node_id = $1
     UNION ALL SELECT 'NodeSettings/' || id, status, host_name FROM mail_node WHERE id = $1`,
    [mailNodeId],
  )
  return new Map(rows.map(({ key, status, note }) => [key, `${status} ${note}`]))
}

const known = (state: State) =>
  new Map(
    [...state].map(([key, body]) => {
      const { status, name, displayName, hostName } = JSON.parse(body)
      return [key, `${status} ${displayName ?? name ?? hostName}`]
    }),
  )

const operation = fc.oneof(
  fc.record({
    do: fc.constantFrom('domain', 'mailbox', 'burst', 'rename', 'delete', 'move', 'suspend', 'rollBack'),
    of: fc.nat(),
  }),
  fc.record({ do: fc.constantFrom('step', 'step', 'answer', 'drop'), of: fc.nat() }),
  fc.record({ do: fc.constantFrom('compact', 'hold', 'release'), of: fc.nat() }),
)

test('every schedule of changes, drops, late commits and compactions converges', { timeout: 100_000 }, async () => {
  const { database, changes } = fleet
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 5, maxLength: 60 }),
      fc.boolean(),
      async (operations, settled) => {
        const tenantId = await makeCustomer(fleet)
        const nodes = [new ModelNode((await makeNode(fleet)).nodeId), new ModelNode((await makeNode(fleet)).nodeId)]
        const domains: string[] = []
        const mailboxes: string[] = []
        const settle = async (node: ModelNode): Promise<void> => {
          const [head] = await database.query<{ revision: string }>('SELECT revision FROM change_head')
          while (node.position === null || node.position.revision < Number(head!.revision)) {
            await node.step()
            node.answer()
          }
        }
        // Most of what can go wrong goes wrong after the first snapshot.
        if (settled) for (const node of nodes) await settle(node)
        let held: { commit: () => Promise<void> } | null = null
        const pick = <T>(list: T[], of: number): T | undefined => list[of % Math.max(list.length, 1)]

        for (const { do: what, of } of operations) {
          const node = nodes[of % 2]!
          const domainId = pick(domains, of)
          const mailboxId = pick(mailboxes, of)
          switch (what) {
            case 'domain':
              domains.push(await database.transaction((manager) => insertDomain(manager, tenantId, node.id)))
              break
            case 'mailbox':
              if (domainId) mailboxes.push(await database.transaction((manager) => insertMailbox(manager, domainId)))
              break
            case 'burst':
              // More than a page at once: what is sent of it before a drop must not count for the rest.
              if (!domainId) break
              await database.transaction(async (manager) => {
                for (let i = 0; i < 7; i++) mailboxes.push(await insertMailbox(manager, domainId))
              })
              break
            case 'rename':
            case 'delete':
              if (!mailboxId) break
              await database.transaction(async (manager) => {
                const [place] = await manager.query(
                  `SELECT mail_node_id FROM domain JOIN mailbox ON mailbox.domain_id = domain.id WHERE mailbox.id = $1`,
                  [mailboxId],
                )
                const sql =
                  what === 'rename'
                    ? `UPDATE mailbox SET name = 'renamed ${of}' WHERE id = $1`
                    : 'DELETE FROM mailbox WHERE id = $1'
                await manager.query(sql, [mailboxId])
                await recordChanges(manager, [{ kind: 'Mailbox', id: mailboxId, mailNodeId: place.mail_node_id }])
              })
              if (what === 'delete') mailboxes.splice(mailboxes.indexOf(mailboxId), 1)
              break
            case 'move':
              if (!domainId) break
              await database.transaction(async (manager) => {
                await manager.query('UPDATE domain SET mail_node_id = $2 WHERE id = $1', [domainId, node.id])
                await recordDomainPlacement(
                  manager,
                  domainId,
                  nodes.map((one) => one.id),
                )
              })
              break
            case 'suspend':
              await database.transaction(async (manager) => {
                await manager.query('UPDATE tenant SET status = $2 WHERE id = $1', [
                  tenantId,
                  of % 2 ? 'SUSPENDED' : 'ACTIVE',
                ])
                const [{ path }] = await manager.query('SELECT path FROM tenant WHERE id = $1', [tenantId])
                await recordDomainChangesWithin(manager, path)
              })
              break
            case 'rollBack':
              await database
                .transaction(async (manager) => {
                  await insertDomain(manager, tenantId, node.id)
                  throw new Error('no')
                })
                .catch(() => undefined)
              break
            case 'hold':
              // Records first, commits at the end or at 'release'.
              held ??= await holdDomain(tenantId, node.id)
              break
            case 'release':
              await held?.commit()
              held = null
              break
            case 'compact':
              await changes.sequencer.idle()
              await compactLog(database.dataSource, { keepForMs: -1_000, span: 7 })
              break
            case 'step':
              await node.step()
              break
            case 'answer':
              node.answer()
              break
            case 'drop':
              await node.drop()
          }
        }
        await held?.commit()
        changes.sequencer.wake()
        await changes.sequencer.idle()
        for (const node of nodes) {
          await settle(node)
          expect(known(node.state)).toEqual(await served(node.id))
          await node.drop()
        }
      },
    ),
    { numRuns: 30, endOnFailure: true },
  )
  expect(changes.follower.watcherCount).toBe(0)
})

async function holdDomain(tenantId: string, mailNodeId: string) {
  const runner = fleet.database.dataSource.createQueryRunner()
  await runner.connect()
  await runner.startTransaction()
  const id = newId()
  await recordChanges(runner.manager, [{ kind: 'Domain', id, mailNodeId }])
  return {
    async commit() {
      await runner.query(
        `INSERT INTO domain (id, tenant_id, name, display_name, mail_node_id, proof, proven_at)
         VALUES ($1, $2, $3, $3, $4, 'WAIVED', now())`,
        [id, tenantId, `held-${id}.example`, mailNodeId],
      )
      await runner.commitTransaction()
      await runner.release()
      fleet.changes.sequencer.wake()
    },
  }
}
