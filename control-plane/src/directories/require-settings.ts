/** Settings of a source as somebody gives them, and the secret that comes along, sealed. */
import type { EntityManager } from 'typeorm'
import type { z } from 'zod'
import type { AdminContext } from '../access/index.js'
import { invalidInput } from '../platform/errors.js'
import { userFilter } from './ldap/directory.js'
import { isGiven } from '../platform/is-given.js'
import { IdentitySource, secretPurpose } from './identity-source.entity.js'
import {
  ldapSettings,
  oidcSettings,
  scimSettings,
  type LdapSettings,
  type OidcSettings,
  type SettingsOfKind,
} from './identity-source.settings.js'
import type { LdapSourceInput, OidcSourceInput, ScimSourceInput } from './identity-source.types.js'

interface Given {
  oidc?: OidcSourceInput | null
  ldap?: LdapSourceInput | null
  scim?: ScimSourceInput | null
}

interface Checked {
  settings: SettingsOfKind[keyof SettingsOfKind]
  /** Undefined: it stays as it is. */
  secret: Buffer | null | undefined
}

const fields = { OIDC: 'oidc', LDAP: 'ldap', SCIM: 'scim' } as const
const maxSecret = 1_000

/** `former`: null where the source is about to be made. */
export async function requireSettings(
  context: AdminContext,
  manager: EntityManager,
  source: Pick<IdentitySource, 'id' | 'kind' | 'tenantId'>,
  input: Given,
  former: SettingsOfKind[keyof SettingsOfKind] | null,
): Promise<Checked> {
  const field = fields[source.kind]
  for (const other of Object.values(fields)) {
    if (other !== field && isGiven(input[other]))
      throw invalidInput([other], `A source of kind ${source.kind} has none.`)
  }
  const seal = (secret: string | null | undefined, path: string[]): Buffer | null | undefined => {
    if (!isGiven(secret)) return undefined
    if (secret === '' || secret.length > maxSecret)
      throw invalidInput(path, `This must have 1 to ${maxSecret} characters.`)
    return context.secrets.seal(secret, secretPurpose(source.id))
  }
  switch (source.kind) {
    case 'OIDC': {
      if (!input.oidc) throw invalidInput([field], 'This is needed.')
      const { clientSecret, ...rest } = input.oidc
      const settings = parse(oidcSettings, rest, field)
      requireIssuer(settings.issuer)
      const secret = seal(clientSecret, [field, 'clientSecret'])
      const sameIssuer = former !== null && (former as OidcSettings).issuer === settings.issuer
      // Else whoever may change the issuer would have the secret sent to one of theirs.
      return {
        settings: { ...settings, scopes: withOpenid(settings.scopes) },
        secret: secret ?? (sameIssuer ? undefined : null),
      }
    }
    case 'LDAP': {
      if (!input.ldap) throw invalidInput([field], 'This is needed.')
      const { bindPassword, ...rest } = input.ldap
      const isTls = /^ldaps:/i.test(rest.url)
      const settings = parse(ldapSettings, { ...rest, startTls: isTls ? false : (rest.startTls ?? true) }, field)
      requireFilter(settings)
      const secret = seal(bindPassword, [field, 'bindPassword'])
      const same = former !== null && sameServer(former as LdapSettings, settings)
      if (secret === undefined && !same) throw invalidInput([field, 'bindPassword'], 'A new server needs it again.')
      return { settings, secret }
    }
    case 'SCIM': {
      const settings = parse(scimSettings, input.scim ?? {}, field)
      if (settings.signInSourceId !== null) {
        const found = await manager.findOneBy(IdentitySource, {
          id: settings.signInSourceId,
          tenantId: source.tenantId,
        })
        if (!found || found.kind === 'SCIM') {
          throw invalidInput([field, 'signInSourceId'], 'This is no source of the tenant by which anybody signs in.')
        }
      }
      return { settings, secret: undefined }
    }
  }
}

const withOpenid = (scopes: string[]): string[] => [...new Set(['openid', ...scopes])]

const sameServer = (one: LdapSettings, other: LdapSettings): boolean =>
  one.url === other.url && one.bindDn === other.bindDn && one.startTls === other.startTls && one.ca === other.ca

/** Null is the same as nothing. */
function parse<T>(schema: z.ZodType<T>, given: object, field: string): T {
  const plain = Object.fromEntries(Object.entries(given).filter(([, value]) => isGiven(value)))
  const result = schema.safeParse(plain)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalidInput(
    [field, ...(issue?.path.map(String) ?? [])],
    `This is not valid: ${issue?.message ?? 'malformed'}.`,
  )
}

function requireFilter(settings: LdapSettings): void {
  try {
    userFilter(settings)
  } catch {
    throw invalidInput(['ldap', 'userFilter'], 'This is no filter (RFC 4515).')
  }
}

/** OpenID Connect Discovery 1.0 section 3: without query and fragment. Whether it may be spoken to without TLS is the guard's matter. */
function requireIssuer(issuer: string): void {
  const url = URL.canParse(issuer) ? new URL(issuer) : null
  const isIssuer = url && /^https?:$/.test(url.protocol) && !/[?#@\s]/.test(issuer)
  if (!isIssuer) throw invalidInput(['oidc', 'issuer'], 'An issuer is an https URL without query and fragment.')
}
