/** What this service can do and what its resources hold (RFC 7643 sections 5 to 7), generated from one table. */
import { groupSchema } from './scim-groups.js'
import { userSchema } from './scim-user.js'

export const maxPage = 500
export const maxBodyBytes = 1_024 * 1_024

const metaOf = (base: string, resourceType: string, path: string) => ({ resourceType, location: `${base}/${path}` })

const serviceProviderConfig = (base: string): object => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: maxPage },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'The token of the identity source (RFC 6750).',
      primary: true,
    },
  ],
  meta: metaOf(base, 'ServiceProviderConfig', 'ServiceProviderConfig'),
})

const types = { User: ['Users', userSchema], Group: ['Groups', groupSchema] } as const

const resourceTypes = (base: string): Record<string, object> =>
  Object.fromEntries(
    Object.entries(types).map(([name, [endpoint, schema]]) => [
      name,
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
        id: name,
        name,
        endpoint: `/${endpoint}`,
        schema,
        meta: metaOf(base, 'ResourceType', `ResourceTypes/${name}`),
      },
    ]),
  )

type More = Partial<Record<'type' | 'mutability' | 'uniqueness' | 'returned', string>> & {
  required?: boolean
  multiValued?: boolean
  subAttributes?: object[]
}
const attribute = (name: string, more: More = {}): object => ({
  name,
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
})
const complex = (name: string, subAttributes: object[], more: More = {}): object =>
  attribute(name, { type: 'complex', subAttributes, ...more })

const attributes: Record<string, object[]> = {
  [userSchema]: [
    attribute('userName', { required: true, uniqueness: 'server', mutability: 'immutable' }),
    complex('name', [attribute('formatted'), attribute('givenName'), attribute('familyName')]),
    attribute('displayName'),
    attribute('active', { type: 'boolean' }),
    complex('emails', [attribute('value'), attribute('type'), attribute('primary', { type: 'boolean' })], {
      multiValued: true,
    }),
    complex('groups', [attribute('value'), attribute('display')], { multiValued: true, mutability: 'readOnly' }),
  ],
  [groupSchema]: [
    attribute('displayName', { required: true, uniqueness: 'server' }),
    complex('members', [attribute('value', { mutability: 'immutable' }), attribute('display')], { multiValued: true }),
  ],
}

const schemas = (base: string): Record<string, object> =>
  Object.fromEntries(
    Object.entries(attributes).map(([id, held]) => [
      id,
      {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
        id,
        name: id.split(':').at(-1),
        attributes: held,
        meta: metaOf(base, 'Schema', `Schemas/${id}`),
      },
    ]),
  )

export const listResponse = (resources: readonly unknown[], totalResults: number, startIndex = 1): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
})

/** Null: there is no such page. */
export function discovery(base: string, [kind, id]: readonly string[]): object | null {
  if (kind === 'ServiceProviderConfig') return id === undefined ? serviceProviderConfig(base) : null
  const all = kind === 'ResourceTypes' ? resourceTypes(base) : kind === 'Schemas' ? schemas(base) : null
  if (!all) return null
  if (id === undefined) return listResponse(Object.values(all), Object.keys(all).length)
  return Object.hasOwn(all, id) ? all[id]! : null
}
