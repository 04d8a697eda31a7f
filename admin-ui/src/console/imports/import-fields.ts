/** The fields that a file can bring, and the names under which other programs write them. */
import type { ImportKind } from '../../graphql/graphql.ts'

export const importKinds: readonly ImportKind[] = ['MAILBOXES', 'DOMAINS', 'ALIASES']

/** The first of each is required. */
export const importFields = {
  MAILBOXES: ['address', 'name', 'password', 'passwordHash', 'quotaBytes'],
  DOMAINS: ['name', 'catchAll'],
  ALIASES: ['address', 'targets'],
} as const satisfies Record<ImportKind, readonly string[]>
export type ImportField = (typeof importFields)[ImportKind][number]
export type Columns = Partial<Record<ImportField, string>>

export const requiredFields = {
  MAILBOXES: ['address'],
  DOMAINS: ['name'],
  ALIASES: ['address', 'targets'],
} as const satisfies Record<ImportKind, readonly ImportField[]>

/** The type whose objects are made, as rights name it. */
export const subjectOf = { MAILBOXES: 'Mailbox', DOMAINS: 'Domain', ALIASES: 'Alias' } as const

const synonyms: Record<ImportField, string[]> = {
  address: ['email', 'emailaddress', 'mail', 'mailbox', 'username', 'login', 'user', 'alias', 'dia chi', 'diachiemail'],
  name: ['displayname', 'fullname', 'realname', 'hoten', 'hovaten', 'ten'],
  password: ['pass', 'matkhau'],
  passwordHash: ['hash', 'passwd', 'cryptedpassword'],
  quotaBytes: ['quota', 'dungluong', 'hanmuc'],
  targets: ['target', 'destination', 'destinations', 'goto', 'to', 'forwardto', 'chuyentoi'],
  catchAll: ['catchall'],
}
const domainSynonyms = ['domain', 'domainname', 'tenmien']

const plain = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/đ/g, 'd')
    .replace(/[^\p{L}\p{N}]/gu, '')

export function guessColumns(kind: ImportKind, columns: readonly string[]): Columns {
  const taken = new Set<string>()
  return Object.fromEntries(
    importFields[kind].flatMap((field) => {
      const names = [field, ...(kind === 'DOMAINS' && field === 'name' ? domainSynonyms : synonyms[field])].map(plain)
      const column = names
        .map((name) => columns.find((one) => plain(one) === name && !taken.has(one)))
        .find((one) => one !== undefined)
      if (column === undefined) return []
      taken.add(column)
      return [[field, column]]
    }),
  )
}

/** A file to begin with. */
export const samples: Record<ImportKind, string[][]> = {
  MAILBOXES: [
    ['address', 'name', 'password', 'quota'],
    ['anna@example.com', 'Anna Lê', '', '5 GB'],
    ['minh@example.com', 'Minh Trần', '', '2 GB'],
  ],
  DOMAINS: [
    ['name', 'catchAll'],
    ['example.com', ''],
    ['example.org', 'info@example.org'],
  ],
  ALIASES: [
    ['address', 'targets'],
    ['info@example.com', 'anna@example.com minh@example.com'],
  ],
}
