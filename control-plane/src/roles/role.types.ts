/** Inputs, payloads and connections of roles and their assignments. */
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { RoleEnum, type Role } from '../access/index.js'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { AccessRole } from './access-role.entity.js'
import { AccessRuleInput } from './access-rule.types.js'
import { RoleAssignment } from './role-assignment.entity.js'

@ObjectType()
class AccessRoleEdge extends edgeOf(AccessRole) {}

@ObjectType()
export class AccessRoleConnection extends countedConnectionOf(AccessRole, AccessRoleEdge) {}

@InputType()
export class AccessRoleFilter {
  @Field(() => ID, { nullable: true, description: 'Roles that this tenant made.' })
  tenantId?: string | null

  @Field(() => ID, { nullable: true, description: 'Roles of this tenant and of all below it.' })
  withinId?: string | null
}

@ArgsType()
export class AccessRolesArguments extends PageArguments {
  @Field(() => AccessRoleFilter, { nullable: true })
  filter?: AccessRoleFilter | null
}

@InputType()
export class CreateAccessRoleInput {
  @Field(() => ID, { description: 'Whose role it is: it reaches no further.' })
  tenantId: string

  @Field(() => String, { description: '1 to 100 characters; no other role of the tenant has it.' })
  name: string

  @Field(() => String, { nullable: true, description: 'What it is for, up to 1,000 characters.' })
  description?: string | null

  @Field(() => [AccessRuleInput], { description: 'At most 30; their order says nothing.' })
  rules: AccessRuleInput[]
}

@InputType()
export class UpdateAccessRoleInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'Absent: it stays; null or empty: none.' })
  description?: string | null

  @Field(() => [AccessRuleInput], { nullable: true, description: 'All of them, at most 30; absent: they stay.' })
  rules?: AccessRuleInput[] | null
}

@ObjectType()
export class AccessRolePayload extends Payload {
  @Field(() => AccessRole, { nullable: true })
  accessRole: AccessRole | null
}

@ObjectType()
class RoleAssignmentEdge extends edgeOf(RoleAssignment) {}

@ObjectType()
export class RoleAssignmentConnection extends countedConnectionOf(RoleAssignment, RoleAssignmentEdge) {}

@InputType()
export class RoleAssignmentFilter {
  @Field(() => ID, { nullable: true })
  administratorId?: string | null

  @Field(() => ID, { nullable: true, description: 'Assignments of this role.' })
  accessRoleId?: string | null
}

@ArgsType()
export class RoleAssignmentsArguments extends PageArguments {
  @Field(() => RoleAssignmentFilter, { nullable: true })
  filter?: RoleAssignmentFilter | null
}

@InputType()
export class CreateRoleAssignmentInput {
  @Field(() => ID, { description: 'Who gets the role.' })
  administratorId: string

  @Field(() => ID, { nullable: true, description: 'A custom role, of this tenant or of one above it.' })
  accessRoleId?: string | null

  @Field(() => RoleEnum, { nullable: true, description: 'A built-in role in place of `accessRoleId`.' })
  role?: Role | null

  @Field(() => ID, { description: "Where it counts: the administrator's tenant, or one below it." })
  tenantId: string

  @Field(() => DateTimeScalar, { nullable: true, description: 'In the future; absent: it does not end.' })
  expiresAt?: Date | null
}

@ObjectType()
export class RoleAssignmentPayload extends Payload {
  @Field(() => RoleAssignment, { nullable: true })
  roleAssignment: RoleAssignment | null
}
