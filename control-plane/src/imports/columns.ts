/** Which column of a file is which field of a row. */
import type { Mapping } from '../jobs/index.js'
import { invalidInput } from '../platform/errors.js'

export const importFields = {
  MAILBOXES: ['address', 'name', 'password', 'passwordHash', 'quotaBytes'],
  DOMAINS: ['name', 'catchAll'],
  ALIASES: ['address', 'targets'],
} as const
export type ImportKind = keyof typeof importFields

const operations = { MAILBOXES: 'createMailbox', DOMAINS: 'createDomain', ALIASES: 'createAlias' } as const

/** As other programs call them, in letters and digits alone. */
const synonyms: Record<string, string[]> = {
  address: ['email', 'emailaddress', 'mail', 'mailbox', 'username', 'login', 'user'],
  name: ['displayname', 'fullname', 'realname'],
  passwordHash: ['hash', 'passwd', 'cryptedpassword'],
  quotaBytes: ['quota'],
  targets: ['target', 'destination', 'destinations', 'goto', 'to'],
  catchAll: [],
}
const domainSynonyms: Record<string, string[]> = { name: ['domain', 'domainname'] }

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

export interface GivenColumn {
  field: string
  column: string
}

/** Without `given` the columns go by their names. */
export function mappingOf(kind: ImportKind, columns: readonly string[], given: readonly GivenColumn[] | null): Mapping {
  const fields: readonly string[] = importFields[kind]
  const mapping = given ? asGiven(fields, columns, given) : byName(kind, fields, columns)
  const [required] = fields
  if (!mapping.some(({ field }) => field === required)) {
    throw invalidInput(['columns'], `No column is the field "${required}".`, { field: required! })
  }
  return { operation: operations[kind], columns: mapping }
}

function asGiven(fields: readonly string[], columns: readonly string[], given: readonly GivenColumn[]) {
  return given.map(({ field, column: name }, index) => {
    const path = ['columns', String(index)]
    if (!fields.includes(field)) throw invalidInput([...path, 'field'], `The fields are ${fields.join(', ')}.`)
    if (given.findIndex((other) => other.field === field) !== index) {
      throw invalidInput([...path, 'field'], 'This field has a column already.')
    }
    const column = columns.indexOf(name)
    if (column < 0) throw invalidInput([...path, 'column'], 'The file has no such column.')
    return { field, column }
  })
}

function byName(kind: ImportKind, fields: readonly string[], columns: readonly string[]) {
  const known = kind === 'DOMAINS' ? { ...synonyms, ...domainSynonyms } : synonyms
  return fields.flatMap((field) => {
    const names = [plain(field), ...(known[field] ?? [])]
    const column = columns.findIndex((name) => names.includes(plain(name)))
    return column < 0 ? [] : [{ field, column }]
  })
}
