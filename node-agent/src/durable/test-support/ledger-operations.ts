/** Operations for the writer's tests: a table of values, and ways to fail. */
import type Database from 'better-sqlite3'
import type { WriterContext } from '../operations.js'

export function open(db: Database.Database, _config: unknown, { emit }: WriterContext) {
  db.exec('CREATE TABLE IF NOT EXISTS ledger (value INTEGER PRIMARY KEY, payload BLOB)')
  const insert = db.prepare('INSERT INTO ledger VALUES (?, ?)')
  let commits = 0
  let failNext: string | null = null
  return {
    operations: {
      add: ({ value, payload = null }: { value: number; payload?: Uint8Array | null }) => {
        insert.run(value, payload && Buffer.from(payload))
        return value
      },
      addThenThrow: ({ value }: { value: number }) => {
        insert.run(value, null)
        emit({ type: 'DELIVERED', at: value })
        throw Object.assign(new Error('refused'), { code: 'REFUSED' })
      },
      emit: ({ at }: { at: number }) => emit({ type: 'DELIVERED', at }),
      commits: () => commits,
      /** Holds the writer's thread until the test opens the gate: what is called meanwhile is one group. */
      hold: (gate: Int32Array) => {
        Atomics.store(gate, 0, 1)
        Atomics.wait(gate, 1, 0)
      },
      failCommit: (code: string) => void (failNext = code),
    },
    beforeCommit: () => {
      commits++
      const code = failNext
      failNext = null
      if (code) throw Object.assign(new Error('the disk said no'), { code })
    },
  }
}
