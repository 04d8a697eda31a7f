/** Inputs, payloads and connection of identity sources. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { RoleEnum, type Role } from '../access/index.js'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { IdentitySource, IdentitySourceKindEnum, type IdentitySourceKind } from './identity-source.entity.js'

export const ProvisionedKindEnum = { ADMINISTRATORS: 'ADMINISTRATORS', MAILBOXES: 'MAILBOXES' } as const
export type ProvisionedKind = keyof typeof ProvisionedKindEnum
registerEnumType(ProvisionedKindEnum, {
  name: 'ProvisionedKind',
  description: 'What users of a directory become here.',
  valuesConfig: {
    ADMINISTRATORS: { description: 'Administrators of the tenant, who sign in through the directory.' },
    MAILBOXES: { description: "Mailboxes in the tenant's domains." },
  },
})

@ObjectType({ description: 'Who is in the group has the built-in role, or is given the custom one.' })
export class RoleMapping {
  @Field(() => String, { description: "The group's whole value, whatever its case." })
  group: string

  @Field(() => RoleEnum, {
    nullable: true,
    description: 'The built-in role that its members have; null: a custom one.',
  })
  role: Role | null

  @Field(() => ID, { nullable: true, description: 'The custom role that its members are given; null: a built-in one.' })
  accessRoleId: string | null
}

@ObjectType({ description: 'What is known of an OpenID provider.' })
export class OidcSource {
  @Field(() => String, {
    description: 'Path of the redirect URI, below where the console is: to be told to the issuer.',
  })
  redirectPath: string

  @Field(() => String, { description: 'Its issuer identifier, an https URL.' })
  issuer: string

  @Field(() => String, { description: 'As which this control plane is registered there.' })
  clientId: string

  @Field(() => [String], { description: 'What is asked for; `openid` always is.' })
  scopes: string[]

  @Field(() => String, { nullable: true, description: 'The claim that names groups; null: none is looked at.' })
  groupsClaim: string | null

  @Field(() => [String], { description: '`acr` that say that two factors were shown: then none is asked for here.' })
  trustedAcr: string[]

  @Field(() => [String], { description: 'The same of `amr`, such as `mfa` (RFC 8176).' })
  trustedAmr: string[]
}

@ObjectType({ description: 'What is known of a directory.' })
export class LdapSource {
  @Field(() => String, { description: '`ldap://host[:port]` or `ldaps://host[:port]`.' })
  url: string

  @Field(() => Boolean, { description: 'Whether `ldap://` turns to TLS before anything is said.' })
  startTls: boolean

  @Field(() => String, { nullable: true, description: 'Certificate authorities, PEM; null: the usual ones.' })
  ca: string | null

  @Field(() => String, { description: 'As whom searches are made.' })
  bindDn: string

  @Field(() => String, { description: 'Below which people are looked for.' })
  baseDn: string

  @Field(() => String, { description: 'Who is a user at all (RFC 4515).' })
  userFilter: string

  @Field(() => String, { description: 'Where their e-mail address is.' })
  emailAttribute: string

  @Field(() => String, { description: 'Where their name is.' })
  nameAttribute: string

  @Field(() => String, { description: 'That never changes: `objectGUID`, `entryUUID`.' })
  idAttribute: string

  @Field(() => String, { nullable: true, description: 'Where their groups are; null: none is looked at.' })
  groupsAttribute: string | null

  @Field(() => ProvisionedKindEnum, { description: 'What its users become here.' })
  provisions: ProvisionedKind

  @Field(() => Int, { nullable: true, description: 'Minutes from one sync to the next; null: somebody runs each.' })
  syncEveryMinutes: number | null

  @Field(() => Int, {
    description: 'Of those known here and active, how many percent a sync by schedule may suspend; of a few, one.',
  })
  maxDeactivationPercent: number
}

@ObjectType({ description: 'What is known of a provisioning client.' })
export class ScimSource {
  @Field(() => String, { description: 'Where its client sends requests.' })
  path: string

  @Field(() => ID, {
    nullable: true,
    description: 'The source by which its people sign in; null: by a password that somebody sets.',
  })
  signInSourceId: string | null
}

@ObjectType()
class IdentitySourceEdge extends edgeOf(IdentitySource) {}

@ObjectType()
export class IdentitySourceConnection extends countedConnectionOf(IdentitySource, IdentitySourceEdge) {}

@InputType()
export class IdentitySourceFilter {
  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => IdentitySourceKindEnum, { nullable: true })
  kind?: IdentitySourceKind | null
}

@ArgsType()
export class IdentitySourcesArguments extends PageArguments {
  @Field(() => IdentitySourceFilter, { nullable: true })
  filter?: IdentitySourceFilter | null
}

@InputType({ description: 'Which role the members of a group have.' })
export class MappedRoleInput {
  @Field(() => String, { description: "The group's whole value; its case does not matter." })
  group: string

  @Field(() => RoleEnum, { nullable: true, description: 'A built-in role, or else `accessRoleId`.' })
  role?: Role | null

  @Field(() => ID, { nullable: true, description: 'A custom role, or else `role`.' })
  accessRoleId?: string | null
}

@InputType({ description: 'How an OpenID provider is reached; it is given as a whole.' })
export class OidcSourceInput {
  @Field(() => String, { description: 'An https URL without query and fragment, from which the rest is discovered.' })
  issuer: string

  @Field(() => String, { description: 'As which this control plane is registered there.' })
  clientId: string

  @Field(() => String, { nullable: true, description: 'Absent: it stays as it is, if the issuer does, too.' })
  clientSecret?: string | null

  @Field(() => [String], { nullable: true, description: 'By default `openid`, `email` and `profile`.' })
  scopes?: string[] | null

  @Field(() => String, { nullable: true, description: 'The claim that names groups; absent: none is looked at.' })
  groupsClaim?: string | null

  @Field(() => [String], { nullable: true, description: 'Values of `acr` that say that two factors were shown.' })
  trustedAcr?: string[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'Values of `amr` that say that two factors were shown, such as `mfa`.',
  })
  trustedAmr?: string[] | null
}

@InputType({ description: 'How a directory is reached; it is given as a whole, but for the password.' })
export class LdapSourceInput {
  @Field(() => String, { description: '`ldap://host[:port]` or `ldaps://host[:port]`.' })
  url: string

  @Field(() => Boolean, { nullable: true, description: 'By default true with ldap://.' })
  startTls?: boolean | null

  @Field(() => String, { nullable: true, description: 'Certificate authorities, PEM; absent: the usual ones.' })
  ca?: string | null

  @Field(() => String, { description: 'As whom searches are made.' })
  bindDn: string

  @Field(() => String, { nullable: true, description: 'Absent: it stays as it is, if the URL does, too.' })
  bindPassword?: string | null

  @Field(() => String, { description: 'Below which people are looked for.' })
  baseDn: string

  @Field(() => String, { nullable: true, description: 'RFC 4515; by default `(objectClass=person)`.' })
  userFilter?: string | null

  @Field(() => String, { nullable: true, description: 'By default `mail`.' })
  emailAttribute?: string | null

  @Field(() => String, { nullable: true, description: 'By default `cn`.' })
  nameAttribute?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'One that never changes: by default `entryUUID`, in Active Directory `objectGUID`.',
  })
  idAttribute?: string | null

  @Field(() => String, { nullable: true, description: 'Such as `memberOf`; absent: none is looked at.' })
  groupsAttribute?: string | null

  @Field(() => ProvisionedKindEnum, { nullable: true, description: 'By default administrators.' })
  provisions?: ProvisionedKind | null

  @Field(() => Int, { nullable: true, description: '15 to 10,080 (a week). Absent: no schedule.' })
  syncEveryMinutes?: number | null

  @Field(() => Int, {
    nullable: true,
    description: '1 to 100, by default 10: a sync by schedule that would suspend a greater share changes nothing.',
  })
  maxDeactivationPercent?: number | null
}

@InputType({ description: 'What a provisioning client needs to know.' })
export class ScimSourceInput {
  @Field(() => ID, { nullable: true, description: 'By which source of the same tenant its people sign in.' })
  signInSourceId?: string | null
}

@InputType()
abstract class IdentitySourceChanges {
  @Field(() => [String], {
    nullable: true,
    description: "Whoever's address is in one of them is led to it; proven domains of the tenant or of those below.",
  })
  emailDomains?: string[] | null

  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Of those in no mapped group; null or absent: they do not come in.',
  })
  defaultRole?: Role | null

  @Field(() => [MappedRoleInput], { nullable: true, description: 'At most 50; no role with more than the caller has.' })
  roleMapping?: MappedRoleInput[] | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether passwords and passkeys here work too; by default true.',
  })
  localSignIn?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether whoever is not known here becomes an administrator; by default false.',
  })
  createsAdministrators?: boolean | null

  @Field(() => OidcSourceInput, { nullable: true, description: 'With the kind `OIDC`, and then needed to make one.' })
  oidc?: OidcSourceInput | null

  @Field(() => LdapSourceInput, { nullable: true, description: 'With the kind `LDAP`, and then needed to make one.' })
  ldap?: LdapSourceInput | null

  @Field(() => ScimSourceInput, { nullable: true, description: 'With the kind `SCIM`; may be absent.' })
  scim?: ScimSourceInput | null
}

@InputType({ description: 'With the settings of its kind.' })
export class CreateIdentitySourceInput extends IdentitySourceChanges {
  @Field(() => ID, { description: 'Whose people it has.' })
  tenantId: string

  @Field(() => IdentitySourceKindEnum, { description: 'By which protocol; it stays so.' })
  kind: IdentitySourceKind

  @Field(() => String, { description: 'For the sign-in page; no other source of the tenant has it.' })
  name: string
}

@InputType({ description: 'Absent fields stay as they are; settings of a kind are given as a whole.' })
export class UpdateIdentitySourceInput extends IdentitySourceChanges {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null
}

@ObjectType()
export class IdentitySourcePayload extends Payload {
  @Field(() => IdentitySource, { nullable: true })
  identitySource: IdentitySource | null

  @Field(() => String, { nullable: true, description: "SCIM's bearer token, where one was made. It is shown once." })
  token: string | null
}

@InputType()
export class RenewIdentitySourceTokenInput {
  @Field(() => ID, { description: 'A source of the kind `SCIM`.' })
  identitySourceId: string

  @Field(() => Int)
  version: number
}

@InputType()
export class AssignIdentitySourceInput {
  @Field(() => ID, { description: 'Who signs in through it.' })
  administratorId: string

  @Field(() => Int, { description: "The administrator's." })
  version: number

  @Field(() => ID, { nullable: true, description: 'Null: only this control plane says how they sign in.' })
  identitySourceId?: string | null
}
