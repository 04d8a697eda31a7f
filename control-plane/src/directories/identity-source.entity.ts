import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { Column, Entity, JoinColumn, ManyToOne, type Relation } from 'typeorm'
import { pathsAbove, permissionSubject, RoleEnum, type PermissionSubject, type Role } from '../access/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { VersionedObject } from '../platform/graphql/versioned-object.js'
import { Tenant } from '../tenants/index.js'
import type { SettingsOfKind } from './identity-source.settings.js'

export const IdentitySourceKindEnum = { OIDC: 'OIDC', LDAP: 'LDAP', SCIM: 'SCIM' } as const
export type IdentitySourceKind = keyof typeof IdentitySourceKindEnum
registerEnumType(IdentitySourceKindEnum, {
  name: 'IdentitySourceKind',
  valuesConfig: {
    OIDC: { description: 'Single sign-on (OpenID Connect Core 1.0).' },
    LDAP: { description: 'A directory: sign-in by bind, and sync (RFC 4511).' },
    SCIM: { description: 'Whoever holds its token keeps administrators here as they are there (RFC 7644).' },
  },
  description: 'By which protocol a source is spoken to.',
})

export const DirectorySyncProblemEnum = { REFUSED: 'REFUSED', FAILED: 'FAILED' } as const
type DirectorySyncProblem = keyof typeof DirectorySyncProblemEnum
registerEnumType(DirectorySyncProblemEnum, {
  name: 'DirectorySyncProblem',
  description: 'What somebody ought to look at; it goes away with the next sync that is done.',
  valuesConfig: {
    REFUSED: { description: 'The last sync would have suspended too many, and changed nothing.' },
    FAILED: { description: 'The directory could not be read twice or more in a row.' },
  },
})

/** One line of a mapping: who is in that group has the built-in role, or is given the custom one. */
export interface MappedRole {
  group: string
  role: Role | null
  accessRoleId: string | null
}

@Entity()
@ObjectType({ description: "Where a tenant's administrators, or mailboxes, are kept besides here." })
export class IdentitySource extends VersionedObject {
  @Column({ type: 'text', update: false })
  @Field(() => IdentitySourceKindEnum, { description: 'By which protocol; it stays as it was made.' })
  kind: IdentitySourceKind

  @Column('text')
  @Field(() => String, { description: 'As the sign-in page calls it; there is one of a name in a tenant.' })
  name: string

  @Column('text')
  @Field(() => StatusEnum, { description: 'Suspended, nobody comes in through it and nothing is synced.' })
  status: Status

  @Column({ type: 'uuid', update: false })
  tenantId: string

  /** Always loaded: permissions are a matter of its path. */
  @ManyToOne(() => Tenant)
  @JoinColumn({ name: 'tenant_id' })
  tenant: Relation<Tenant>

  @Column('text', { array: true })
  @Field(() => [String], { description: 'E-mail addresses in these domains are led to it.' })
  emailDomains: string[]

  @Column('text', { nullable: true })
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Of those in no mapped group. Null: nobody comes in who is in none.',
  })
  defaultRole: Role | null

  @Column('jsonb')
  roleMapping: MappedRole[]

  @Column('boolean')
  @Field(() => Boolean, {
    description: 'Its administrators may also sign in with a password or passkey of their own here.',
  })
  localSignIn: boolean

  @Column('boolean')
  @Field(() => Boolean, { description: 'Whoever comes from there and is not known here becomes an administrator.' })
  createsAdministrators: boolean

  /** Noted by syncs; no change of the source itself, and so not of its version. */
  @Column({ type: 'text', nullable: true, insert: false, update: false })
  @Field(() => DirectorySyncProblemEnum, {
    nullable: true,
    description: 'Why its directory is not synced as its schedule says; null: all is well.',
  })
  syncProblem: DirectorySyncProblem | null

  @Column('jsonb')
  settings: SettingsOfKind[IdentitySourceKind]

  /** Never read together with the rest: a client secret, or the password of a bind. */
  @Column('bytea', { nullable: true, select: false })
  sealedSecret: Buffer | null

  /** Of SCIM's bearer token; never read together with the rest. */
  @Column('bytea', { nullable: true, select: false })
  tokenHash: Buffer | null
}

/** A source of a kind that is known. */
export type SourceOf<Kind extends IdentitySourceKind> = IdentitySource & { kind: Kind; settings: SettingsOfKind[Kind] }

export const isOfKind = <Kind extends IdentitySourceKind>(
  source: IdentitySource,
  kind: Kind,
): source is SourceOf<Kind> => source.kind === kind

/** With `identity_source` joined to its `tenant`. */
export const identitySourceColumns = {
  id: { sql: 'identity_source.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} satisfies SubjectColumns

export const identitySourceSubject = (source: Pick<IdentitySource, 'id' | 'tenant'>): PermissionSubject =>
  permissionSubject('IdentitySource', { id: source.id, within: pathsAbove(source.tenant.path) })

export const secretPurpose = (id: string): string => `identity-source:${id}`
