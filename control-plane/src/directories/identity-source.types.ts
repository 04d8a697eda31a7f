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
})

@ObjectType({ description: 'Who is in the group has the built-in role, or is given the custom one.' })
export class RoleMapping {
  @Field(() => String)
  group: string

  @Field(() => RoleEnum, { nullable: true })
  role: Role | null

  @Field(() => ID, { nullable: true })
  accessRoleId: string | null
}

@ObjectType()
export class OidcSource {
  @Field(() => String, {
    description: 'Path of the redirect URI, below where the console is: to be told to the issuer.',
  })
  redirectPath: string

  @Field(() => String)
  issuer: string

  @Field(() => String)
  clientId: string

  @Field(() => [String])
  scopes: string[]

  @Field(() => String, { nullable: true, description: 'The claim that names groups; null: none is looked at.' })
  groupsClaim: string | null

  @Field(() => [String], { description: '`acr` that say that two factors were shown: then none is asked for here.' })
  trustedAcr: string[]

  @Field(() => [String], { description: 'The same of `amr`, such as `mfa` (RFC 8176).' })
  trustedAmr: string[]
}

@ObjectType()
export class LdapSource {
  @Field(() => String, { description: '`ldap://host[:port]` or `ldaps://host[:port]`.' })
  url: string

  @Field(() => Boolean)
  startTls: boolean

  @Field(() => String, { nullable: true, description: 'Certificate authorities, PEM; null: the usual ones.' })
  ca: string | null

  @Field(() => String)
  bindDn: string

  @Field(() => String)
  baseDn: string

  @Field(() => String)
  userFilter: string

  @Field(() => String)
  emailAttribute: string

  @Field(() => String)
  nameAttribute: string

  @Field(() => String, { description: 'That never changes: `objectGUID`, `entryUUID`.' })
  idAttribute: string

  @Field(() => String, { nullable: true })
  groupsAttribute: string | null

  @Field(() => ProvisionedKindEnum)
  provisions: ProvisionedKind

  @Field(() => Int, { nullable: true, description: 'Minutes from one sync to the next; null: somebody runs each.' })
  syncEveryMinutes: number | null

  @Field(() => Int, {
    description: 'Of those known here and active, how many percent a sync by schedule may suspend; of a few, one.',
  })
  maxDeactivationPercent: number
}

@ObjectType()
export class ScimSource {
  @Field(() => String, { description: 'Where its client sends requests.' })
  path: string

  @Field(() => ID, { nullable: true })
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

@InputType()
export class MappedRoleInput {
  @Field(() => String)
  group: string

  @Field(() => RoleEnum, { nullable: true })
  role?: Role | null

  @Field(() => ID, { nullable: true })
  accessRoleId?: string | null
}

@InputType()
export class OidcSourceInput {
  @Field(() => String)
  issuer: string

  @Field(() => String)
  clientId: string

  @Field(() => String, { nullable: true, description: 'Absent: it stays as it is, if the issuer does, too.' })
  clientSecret?: string | null

  @Field(() => [String], { nullable: true })
  scopes?: string[] | null

  @Field(() => String, { nullable: true })
  groupsClaim?: string | null

  @Field(() => [String], { nullable: true })
  trustedAcr?: string[] | null

  @Field(() => [String], { nullable: true })
  trustedAmr?: string[] | null
}

@InputType()
export class LdapSourceInput {
  @Field(() => String)
  url: string

  @Field(() => Boolean, { nullable: true, description: 'By default true with ldap://.' })
  startTls?: boolean | null

  @Field(() => String, { nullable: true })
  ca?: string | null

  @Field(() => String)
  bindDn: string

  @Field(() => String, { nullable: true, description: 'Absent: it stays as it is, if the URL does, too.' })
  bindPassword?: string | null

  @Field(() => String)
  baseDn: string

  @Field(() => String, { nullable: true })
  userFilter?: string | null

  @Field(() => String, { nullable: true })
  emailAttribute?: string | null

  @Field(() => String, { nullable: true })
  nameAttribute?: string | null

  @Field(() => String, { nullable: true })
  idAttribute?: string | null

  @Field(() => String, { nullable: true })
  groupsAttribute?: string | null

  @Field(() => ProvisionedKindEnum, { nullable: true })
  provisions?: ProvisionedKind | null

  @Field(() => Int, { nullable: true, description: '15 to 10,080 (a week). Absent: no schedule.' })
  syncEveryMinutes?: number | null

  @Field(() => Int, {
    nullable: true,
    description: '1 to 100, by default 10: a sync by schedule that would suspend a greater share changes nothing.',
  })
  maxDeactivationPercent?: number | null
}

@InputType()
export class ScimSourceInput {
  @Field(() => ID, { nullable: true, description: 'By which source of the same tenant its people sign in.' })
  signInSourceId?: string | null
}

@InputType()
abstract class IdentitySourceChanges {
  @Field(() => [String], { nullable: true })
  emailDomains?: string[] | null

  @Field(() => RoleEnum, { nullable: true })
  defaultRole?: Role | null

  @Field(() => [MappedRoleInput], { nullable: true })
  roleMapping?: MappedRoleInput[] | null

  @Field(() => Boolean, { nullable: true })
  localSignIn?: boolean | null

  @Field(() => Boolean, { nullable: true })
  createsAdministrators?: boolean | null

  @Field(() => OidcSourceInput, { nullable: true })
  oidc?: OidcSourceInput | null

  @Field(() => LdapSourceInput, { nullable: true })
  ldap?: LdapSourceInput | null

  @Field(() => ScimSourceInput, { nullable: true })
  scim?: ScimSourceInput | null
}

@InputType({ description: 'With the settings of its kind.' })
export class CreateIdentitySourceInput extends IdentitySourceChanges {
  @Field(() => ID)
  tenantId: string

  @Field(() => IdentitySourceKindEnum)
  kind: IdentitySourceKind

  @Field(() => String)
  name: string
}

@InputType({ description: 'Absent fields stay as they are; settings of a kind are given as a whole.' })
export class UpdateIdentitySourceInput extends IdentitySourceChanges {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true })
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
  @Field(() => ID)
  identitySourceId: string

  @Field(() => Int)
  version: number
}

@InputType()
export class AssignIdentitySourceInput {
  @Field(() => ID)
  administratorId: string

  @Field(() => Int, { description: "The administrator's." })
  version: number

  @Field(() => ID, { nullable: true, description: 'Null: only this control plane says how they sign in.' })
  identitySourceId?: string | null
}
