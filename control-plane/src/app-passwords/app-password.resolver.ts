import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, type AdminContext } from '../access/index.js'
import { Mailbox, mailboxSubject } from '../mailboxes/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { AppPassword } from './app-password.entity.js'
import { listAppPasswords, visibleAppPassword } from './app-password.queries.js'
import { createAppPassword, deleteAppPassword } from './app-password.service.js'
import {
  AppPasswordConnection,
  AppPasswordsArguments,
  CreateAppPasswordInput,
  CreateAppPasswordPayload,
} from './app-password.types.js'

@Resolver(() => AppPassword)
export class AppPasswordResolver {
  @Query(() => AppPassword, { nullable: true })
  @Allow('read', 'AppPassword')
  appPassword(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<AppPassword | null> {
    return visibleAppPassword(context, id)
  }

  @Query(() => AppPasswordConnection, { description: 'Newest first.' })
  @Allow('read', 'AppPassword')
  appPasswords(
    @Args(() => AppPasswordsArguments) request: AppPasswordsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<AppPassword>> {
    return listAppPasswords(context, request)
  }

  @FieldResolver(() => Mailbox, { nullable: true, description: 'Null where one may not see it.' })
  mailbox(@Root() { mailbox }: AppPassword, @Ctx() context: AdminContext): Mailbox | null {
    return may(context, 'read', mailboxSubject(mailbox)) ? mailbox : null
  }

  @Mutation(() => CreateAppPasswordPayload, {
    description: 'Makes a password for one program; it is shown in this answer and never again.',
  })
  @Allow('create', 'AppPassword')
  async createAppPassword(
    @Arg('input', () => CreateAppPasswordInput) input: CreateAppPasswordInput,
    @Ctx() context: AdminContext,
  ): Promise<CreateAppPasswordPayload> {
    const { id, secret } = await createAppPassword(context, input)
    forgetLoaded(context)
    return { appPassword: await visibleAppPassword(context, id), secret, errors: [] }
  }

  @Mutation(() => DeletePayload, { description: 'Ends it, and its sessions, at once.' })
  @Allow('delete', 'AppPassword')
  async deleteAppPassword(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteAppPassword(context, input), errors: [] }
  }
}
