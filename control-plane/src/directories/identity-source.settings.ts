/** What an identity source needs to know, by kind, as it is kept. Secrets are kept apart, sealed. */
import { z } from 'zod'

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9;.-]{0,63}$/, 'is no name of an attribute')
const claim = z.string().min(1).max(200)

export const oidcSettings = z.strictObject({
  issuer: z.string().min(1).max(500),
  clientId: z.string().min(1).max(300),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/))
    .max(20)
    .default(['openid', 'email', 'profile']),
  groupsClaim: claim.nullable().default(null),
  /** Values of `acr` and `amr` that say: two factors were shown there. Empty: ours is asked for all the same. */
  trustedAcr: z.array(claim).max(20).default([]),
  trustedAmr: z.array(claim).max(20).default([]),
})
export type OidcSettings = z.infer<typeof oidcSettings>

export const defaultDeactivationPercent = 10

export const ldapSettings = z.strictObject({
  url: z
    .string()
    .max(300)
    .regex(/^ldaps?:\/\/[^/?#@\s]+\/?$/i, 'must be ldap://host[:port] or ldaps://host[:port]'),
  startTls: z.boolean().default(true),
  /** PEM; null: the usual authorities. */
  ca: z.string().max(20_000).nullable().default(null),
  bindDn: z.string().max(1_000),
  baseDn: z.string().min(1).max(1_000),
  /** RFC 4515; narrows who is a user at all. */
  userFilter: z.string().min(3).max(1_000).default('(objectClass=person)'),
  emailAttribute: attribute.default('mail'),
  nameAttribute: attribute.default('cn'),
  /** objectGUID in Active Directory, entryUUID elsewhere (RFC 4530). */
  idAttribute: attribute.default('entryUUID'),
  groupsAttribute: attribute.nullable().default(null),
  provisions: z.enum(['ADMINISTRATORS', 'MAILBOXES']).default('ADMINISTRATORS'),
  // Absent in what was kept before there were schedules.
  syncEveryMinutes: z.int().min(15).max(10_080).nullish(),
  maxDeactivationPercent: z.int().min(1).max(100).optional(),
})
export type LdapSettings = z.infer<typeof ldapSettings>

export const scimSettings = z.strictObject({
  /** By which source of the same tenant they sign in; null: by a password that somebody sets. */
  signInSourceId: z.uuid().nullable().default(null),
})
export type ScimSettings = z.infer<typeof scimSettings>

export interface SettingsOfKind {
  OIDC: OidcSettings
  LDAP: LdapSettings
  SCIM: ScimSettings
}
