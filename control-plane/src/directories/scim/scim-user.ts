/** Users of RFC 7643 section 4.1, as administrators: what is shown of them, and what is taken. */
import { normalizeAddress } from '@mailfleet/schema'
import { invalid } from './scim-error.js'
import { fieldOf, isObject } from './scim-patch.js'

export const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const maxText = 500

/** What is kept of what the client says, so that it is told again as it was said. */
export interface UserAttributes {
  userName: string
  externalId?: string
  givenName?: string
  familyName?: string
  /** Deleted there: kept here for the sake of who it was. */
  deleted?: true
}

export interface UserRow {
  id: string
  attributes: UserAttributes
  email: string
  name: string
  active: boolean
  version: string
  created_at: Date
  updated_at: Date
  groups: { id: string; name: string }[] | null
}

export interface GivenUser {
  email: string
  name: string
  active: boolean
  attributes: UserAttributes
}

export function userResource(row: UserRow, base: string): Record<string, unknown> {
  const { attributes, email, name, active } = row
  const { userName, externalId, givenName, familyName } = attributes
  return {
    schemas: [userSchema],
    id: row.id,
    ...(externalId !== undefined && { externalId }),
    userName,
    name: { formatted: name, ...(givenName && { givenName }), ...(familyName && { familyName }) },
    displayName: name,
    active,
    emails: [{ value: email, type: 'work', primary: true }],
    groups: (row.groups ?? []).map((group) => ({
      value: group.id,
      display: group.name,
      $ref: `${base}/Groups/${group.id}`,
    })),
    meta: {
      resourceType: 'User',
      created: row.created_at.toISOString(),
      lastModified: row.updated_at.toISOString(),
      location: `${base}/Users/${row.id}`,
      version: `W/"${row.version}"`,
    },
  }
}

/** Unknown attributes are ignored (RFC 7644 section 3.3). */
export function givenUser(body: unknown): GivenUser {
  if (!isObject(body)) throw invalid('invalidSyntax', 'A user is an object.')
  const userName = text(body, 'userName')
  if (userName === undefined) throw invalid('invalidValue', '`userName` is needed.')
  const email = normalizeAddress(userName) ?? primaryEmail(body)
  if (!email) throw invalid('invalidValue', '`userName`, or the primary one of `emails`, is an e-mail address.')
  const name = fieldOf(body, 'name')
  const parts = isObject(name) ? name : {}
  const [givenName, familyName] = [text(parts, 'givenName'), text(parts, 'familyName')]
  const full = [givenName, familyName].filter(Boolean).join(' ')
  const externalId = text(body, 'externalId')
  return {
    email,
    name: text(body, 'displayName') ?? text(parts, 'formatted') ?? (full || userName),
    active: activeOf(fieldOf(body, 'active')),
    attributes: {
      userName,
      ...(externalId !== undefined && { externalId }),
      ...(givenName !== undefined && { givenName }),
      ...(familyName !== undefined && { familyName }),
    },
  }
}

export function text(object: Record<string, unknown>, name: string): string | undefined {
  const value = fieldOf(object, name)
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || value.length > maxText || value.includes('\0')) {
    throw invalid('invalidValue', `\`${name}\` is text of at most ${maxText} characters.`)
  }
  return value
}

/** Some clients send booleans as text. */
function activeOf(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'boolean') return value
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  throw invalid('invalidValue', '`active` is a boolean.')
}

function primaryEmail(body: Record<string, unknown>): string | null {
  const emails = fieldOf(body, 'emails')
  const list = (Array.isArray(emails) ? (emails as unknown[]) : []).filter(isObject)
  const value = (list.find((one) => one.primary === true) ?? list[0])?.value
  return typeof value === 'string' ? (normalizeAddress(value.trim()) ?? null) : null
}
