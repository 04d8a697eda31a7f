import { type GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, type AdminContext } from '../access/index.js'
import { Administrator, administratorSubject } from '../administrators/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant, tenantSubject } from '../tenants/index.js'
import { AccessRole, accessRoleSubject } from './access-role.entity.js'
import {
  createAccessRole,
  deleteAccessRole,
  listAccessRoles,
  updateAccessRole,
  visibleAccessRole,
} from './access-role.service.js'
import { AccessRule } from './access-rule.types.js'
import { RoleAssignment } from './role-assignment.entity.js'
import {
  createRoleAssignment,
  deleteRoleAssignment,
  listRoleAssignments,
  roleAssignmentById,
} from './role-assignment.service.js'
import {
  AccessRoleConnection,
  AccessRolePayload,
  AccessRolesArguments,
  CreateAccessRoleInput,
  CreateRoleAssignmentInput,
  RoleAssignmentConnection,
  RoleAssignmentPayload,
  RoleAssignmentsArguments,
  UpdateAccessRoleInput,
} from './role.types.js'

@Resolver(() => AccessRole)
export class AccessRoleResolver {
  @Query(() => AccessRole, { nullable: true })
  @Allow('read', 'AccessRole')
  accessRole(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<AccessRole | null> {
    return visibleAccessRole(context, id)
  }

  @Query(() => AccessRoleConnection, {
    description: 'Custom roles that the viewer may see; built-in ones are no objects.',
  })
  @Allow('read', 'AccessRole')
  accessRoles(
    @Args(() => AccessRolesArguments) request: AccessRolesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<AccessRole>> {
    return listAccessRoles(context, request)
  }

  @FieldResolver(() => [AccessRule], { description: 'What it allows and denies; their order says nothing.' })
  rules(@Root() role: AccessRole): AccessRule[] {
    return role.rules as unknown as AccessRule[]
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'Whose it is; null where the viewer may not see that.' })
  tenant(@Root() role: AccessRole, @Ctx() context: AdminContext): Tenant | null {
    return may(context, 'read', tenantSubject(role.tenant)) ? role.tenant : null
  }

  @Mutation(() => AccessRolePayload, {
    description: 'Makes a custom role, with no more than the caller has and the tenant can give.',
  })
  @Allow('create', 'AccessRole')
  async createAccessRole(
    @Arg('input', () => CreateAccessRoleInput) input: CreateAccessRoleInput,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return payload(context, await createAccessRole(context, info.schema, input))
  }

  @Mutation(() => AccessRolePayload, { description: 'Changes a custom role, for all who have it at once.' })
  @Allow('update', 'AccessRole')
  async updateAccessRole(
    @Arg('input', () => UpdateAccessRoleInput) input: UpdateAccessRoleInput,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return payload(context, await updateAccessRole(context, info.schema, input))
  }

  @Mutation(() => DeletePayload, { description: 'Deletes a custom role; `NOT_EMPTY` while somebody has it.' })
  @Allow('delete', 'AccessRole')
  async deleteAccessRole(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteAccessRole(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<AccessRolePayload> {
  forgetLoaded(context)
  return { accessRole: await visibleAccessRole(context, id), errors: [] }
}

@Resolver(() => RoleAssignment)
export class RoleAssignmentResolver {
  @Query(() => RoleAssignmentConnection)
  @Allow('read', 'RoleAssignment')
  roleAssignments(
    @Args(() => RoleAssignmentsArguments) request: RoleAssignmentsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<RoleAssignment>> {
    return listRoleAssignments(context, request)
  }

  @FieldResolver(() => Administrator, {
    nullable: true,
    description: 'Who has it; null where the viewer may not see them.',
  })
  administrator(@Root() assignment: RoleAssignment, @Ctx() context: AdminContext): Administrator | null {
    return may(context, 'read', administratorSubject(assignment.administrator)) ? assignment.administrator : null
  }

  @FieldResolver(() => AccessRole, { nullable: true, description: 'Null also where the viewer may not see it.' })
  accessRole(@Root() assignment: RoleAssignment, @Ctx() context: AdminContext): AccessRole | null {
    const role = assignment.accessRole
    return role && may(context, 'read', accessRoleSubject(role)) ? role : null
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'Where it counts, with all below.' })
  tenant(@Root() assignment: RoleAssignment, @Ctx() context: AdminContext): Tenant | null {
    return may(context, 'read', tenantSubject(assignment.tenant)) ? assignment.tenant : null
  }

  @Mutation(() => RoleAssignmentPayload, { description: 'Gives somebody a role, with no more than the caller has.' })
  @Allow('create', 'RoleAssignment')
  async createRoleAssignment(
    @Arg('input', () => CreateRoleAssignmentInput) input: CreateRoleAssignmentInput,
    @Ctx() context: AdminContext,
  ): Promise<RoleAssignmentPayload> {
    const id = await createRoleAssignment(context, input)
    forgetLoaded(context)
    return { roleAssignment: await roleAssignmentById(context).load(id), errors: [] }
  }

  @Mutation(() => DeletePayload, {
    description: 'Takes a role away; one that denies something only by whoever has what it denies.',
  })
  @Allow('delete', 'RoleAssignment')
  async deleteRoleAssignment(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await deleteRoleAssignment(context, id), errors: [] }
  }
}
