import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../../../../tests/support/postgres.js'
import { openDatabase, type Database } from '../database.js'
import { DataKeys1765000000200, readMasterKeys, Secrets } from './index.js'
import { parseMasterKeys } from './master-keys.js'
import { openWith, sealWith } from './sealing.js'

const newKey = () => randomBytes(32).toString('base64')
const keys = (...encoded: string[]) => parseMasterKeys(encoded.join('\n'), 'test')

describe('sealing', () => {
  const [key, other] = [randomBytes(32), randomBytes(32)]
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'

  test('opens with the same key for the same purpose only, and not when a bit has changed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.nat(), (bytes, purpose, at) => {
        const sealed = sealWith(key, id, Buffer.from(bytes), purpose)
        expect(openWith(key, sealed, purpose)).toEqual(Buffer.from(bytes))
        expect(() => openWith(other, sealed, purpose)).toThrow()
        expect(() => openWith(key, sealed, `${purpose}.`)).toThrow()
        const changed = Buffer.from(sealed)
        changed[at % changed.length]! ^= 1
        expect(() => openWith(key, changed, purpose)).toThrow()
      }),
    )
  })

  test('what is cut short is refused', () => {
    const sealed = sealWith(key, id, Buffer.from('text'), 'purpose')
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openWith(key, sealed.subarray(0, length), 'purpose')).toThrow()
    }
  })
})

describe('master keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'master-key-'))
  const file = join(folder, 'key')
  afterAll(() => rmSync(folder, { recursive: true }))

  test('come from a file that others cannot read', () => {
    writeFileSync(file, `${newKey()}\n${newKey()}\n`, { mode: 0o600 })
    expect(readMasterKeys({ masterKey: null, masterKeyFile: file })).toHaveLength(2)
    const open = join(folder, 'open')
    writeFileSync(open, newKey(), { mode: 0o644 })
    expect(() => readMasterKeys({ masterKey: null, masterKeyFile: open })).toThrow(/open to everybody/)
  })

  test.each([
    ['none', null, null, /no master key/],
    ['a missing file', null, join(folder, 'missing'), /cannot be read/],
    ['nothing in it', ' \n', null, /holds no master key/],
    ['too short', randomBytes(31).toString('base64'), null, /not 32 bytes/],
    ['no base64', 'x'.repeat(44), null, /not 32 bytes/],
  ])('%s is refused', (_, masterKey, masterKeyFile, message) => {
    expect(() => readMasterKeys({ masterKey, masterKeyFile })).toThrow(message)
  })
})

describe('data keys', () => {
  let postgres: TestPostgres
  let database: Database
  beforeAll(async () => {
    postgres = await startPostgres()
    const migrations = [DataKeys1765000000200]
    database = await openDatabase({ url: postgres.url, poolSize: 4, entities: [], migrations })
    await database.migrate()
  })
  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })

  test('replicas share them; another master key opens nothing; rotation keeps what was sealed', async () => {
    const [first, second] = [newKey(), newKey()]
    const replicas = await Promise.all([1, 2, 3].map(() => Secrets.open(database, keys(first))))
    const sealed = replicas[0]!.seal('the secret', 'a:1')
    expect(await replicas[2]!.openText(sealed, 'a:1')).toBe('the secret')
    await expect(replicas[1]!.open(sealed, 'a:2')).rejects.toThrow(/does not open/)
    expect(await database.query('SELECT id FROM data_key')).toHaveLength(1)

    await expect(Secrets.open(database, keys(second))).rejects.toThrow(/wrong master key/)
    await database.query(`UPDATE data_key SET master_key_id = $1`, [keys(second)[0]!.id])
    await expect(Secrets.open(database, keys(second))).rejects.toThrow(/does not open/)
    await database.query(`UPDATE data_key SET master_key_id = $1`, [keys(first)[0]!.id])

    const rotating = await Secrets.open(database, keys(second, first))
    expect(await rotating.rotate()).toBe(2)
    const after = await Secrets.open(database, keys(second))
    expect(await after.openText(sealed, 'a:1')).toBe('the secret')
    await expect(Secrets.open(database, keys(first))).rejects.toThrow(/wrong master key/)
    // A replica with both keys that started before learns the new data key when it meets it.
    const before = await Secrets.open(database, keys(second, first))
    await rotating.rotate()
    const later = await Secrets.open(database, keys(second))
    expect(await before.openText(later.seal('new', 'a:3'), 'a:3')).toBe('new')
  })
})
