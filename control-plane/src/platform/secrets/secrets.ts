/**
 * Secrets at rest: envelope encryption. Secrets are sealed with a data key, data keys with the master key, and only sealed data
 * keys are in the database; so a copy of the database tells nothing, and a new master key means sealing the data keys again,
 * not every secret.
 *
 * Fails closed: where one data key does not open with the master keys at hand, nothing starts.
 */
import { randomBytes } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import type { Database } from '../database.js'
import { newId } from '../ids.js'
import { masterKeyBytes, type MasterKey } from './master-keys.js'
import { keyIdOf, openWith, SealError, sealWith } from './sealing.js'

/** Held while data keys are looked for and made: of replicas that start at once, one makes the first. */
const dataKeyLock = 7_203_020

interface DataKeyRow {
  id: string
  master_key_id: string
  sealed_key: Buffer
}

export class Secrets {
  private keys = new Map<string, Buffer>()
  private current = ''

  private constructor(
    private readonly database: Database,
    private readonly masterKeys: readonly MasterKey[],
  ) {}

  static async open(database: Database, masterKeys: readonly MasterKey[]): Promise<Secrets> {
    const secrets = new Secrets(database, masterKeys)
    await database.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [dataKeyLock])
      await secrets.load(manager)
      if (secrets.keys.size > 0) return
      await secrets.addDataKey(manager)
      await secrets.load(manager)
    })
    return secrets
  }

  /** `purpose` names the column and the row, as in `totp:<administrator id>`; it opens for that alone. */
  seal(plaintext: string | Buffer, purpose: string): Buffer {
    return sealWith(this.keys.get(this.current)!, this.current, Buffer.from(plaintext), purpose)
  }

  async open(sealed: Buffer, purpose: string): Promise<Buffer> {
    const id = keyIdOf(sealed)
    // A key that another replica has made since.
    if (!this.keys.has(id)) await this.load(this.database.dataSource)
    const key = this.keys.get(id)
    if (!key) throw new SealError(`there is no data key ${id}`)
    return openWith(key, sealed, purpose)
  }

  async openText(sealed: Buffer, purpose: string): Promise<string> {
    return (await this.open(sealed, purpose)).toString()
  }

  /** All data keys under the first master key, and a new one for what is sealed from the next start on. Returns how many there are. */
  async rotate(): Promise<number> {
    return this.database.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [dataKeyLock])
      await this.load(manager)
      const [master] = this.masterKeys
      for (const [id, key] of this.keys) {
        await manager.query('UPDATE data_key SET master_key_id = $2, sealed_key = $3 WHERE id = $1', [
          id,
          master!.id,
          sealWith(master!.key, id, key, purposeOf(id)),
        ])
      }
      await this.addDataKey(manager)
      await this.load(manager)
      return this.keys.size
    })
  }

  private async addDataKey(manager: EntityManager): Promise<void> {
    const id = newId()
    const [master] = this.masterKeys
    const sealed = sealWith(master!.key, id, randomBytes(masterKeyBytes), purposeOf(id))
    await manager.query('INSERT INTO data_key (id, master_key_id, sealed_key) VALUES ($1, $2, $3)', [
      id,
      master!.id,
      sealed,
    ])
  }

  private async load(from: Pick<EntityManager, 'query'>): Promise<void> {
    const rows = await from.query<DataKeyRow[]>(
      'SELECT id, master_key_id, sealed_key FROM data_key ORDER BY created_at, id',
    )
    const keys = new Map<string, Buffer>()
    for (const { id, master_key_id: masterKeyId, sealed_key: sealed } of rows) {
      const master = this.masterKeys.find((candidate) => candidate.id === masterKeyId)
      if (!master) throw new SealError(`wrong master key: the secrets are sealed under ${masterKeyId}`)
      if (keyIdOf(sealed) !== id) throw new SealError(`data key ${id} is another's`)
      keys.set(id, openWith(master.key, sealed, purposeOf(id)))
    }
    this.keys = keys
    this.current = rows.at(-1)?.id ?? ''
  }
}

const purposeOf = (dataKeyId: string): string => `data-key:${dataKeyId}`
