import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { displayAddress, Domain } from '../domains/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Mailbox } from './mailbox.entity.js'
import { effectiveStatusOfMailbox, listMailboxes, visibleMailbox } from './mailbox.queries.js'
import { deleteMailbox, restoreMailbox, setMailboxStatus } from './mailbox-life-cycle.js'
import { createMailbox, updateMailbox } from './mailbox.service.js'
import {
  CreateMailboxInput,
  MailboxConnection,
  MailboxesArguments,
  MailboxPayload,
  UpdateMailboxInput,
} from './mailbox.types.js'

@Resolver(() => Mailbox)
export class MailboxResolver {
  @Query(() => Mailbox, { nullable: true })
  @Allow('read', 'Mailbox')
  mailbox(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Mailbox | null> {
    return visibleMailbox(context, id)
  }

  @Query(() => MailboxConnection)
  @Allow('read', 'Mailbox')
  mailboxes(
    @Args(() => MailboxesArguments) request: MailboxesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Mailbox>> {
    return listMailboxes(context, request)
  }

  @FieldResolver(() => String, { description: 'The address with the domain in U-labels.' })
  displayAddress(@Root() mailbox: Mailbox): string {
    return displayAddress(mailbox.address)
  }

  @FieldResolver(() => StatusEnum, { description: '`SUSPENDED` also where its domain or a tenant above is.' })
  effectiveStatus(@Root() mailbox: Mailbox, @Ctx() context: AdminContext): Promise<Status> {
    return effectiveStatusOfMailbox(context, mailbox)
  }

  /** Whoever sees a mailbox sees its domain: both are a matter of the same path. */
  @FieldResolver(() => Domain, { description: 'In which it is.' })
  domain(@Root() mailbox: Mailbox): Domain {
    return mailbox.domain
  }

  @Mutation(() => MailboxPayload, {
    description: 'Makes a mailbox, within the budgets of its tenant and of all above.',
  })
  @Allow('create', 'Mailbox')
  async createMailbox(@Arg('input', () => CreateMailboxInput) input: CreateMailboxInput, @Ctx() context: AdminContext) {
    return payload(context, await createMailbox(context, input))
  }

  @Mutation(() => MailboxPayload, { description: 'Changes a mailbox; a new password ends its sessions on the nodes.' })
  @Allow('update', 'Mailbox')
  async updateMailbox(@Arg('input', () => UpdateMailboxInput) input: UpdateMailboxInput, @Ctx() context: AdminContext) {
    return payload(context, await updateMailbox(context, input))
  }

  @Mutation(() => MailboxPayload, { description: 'Refuses mail and sign-ins until it is resumed; nothing is lost.' })
  @Allow('suspend', 'Mailbox')
  async suspendMailbox(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Arg('receiving', () => Boolean, { defaultValue: false, description: 'It still takes mail in.' })
    receiving: boolean,
    @Ctx() context: AdminContext,
  ) {
    return payload(context, await setMailboxStatus(context, input, 'SUSPENDED', receiving))
  }

  @Mutation(() => MailboxPayload, { description: 'Takes mail and sign-ins again.' })
  @Allow('suspend', 'Mailbox')
  async resumeMailbox(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setMailboxStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => MailboxPayload, { description: 'Undoes `deleteMailbox`, until the mailbox is purged.' })
  @Allow('delete', 'Mailbox')
  async restoreMailbox(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await restoreMailbox(context, input))
  }

  @Mutation(() => DeletePayload, { description: '`restoreMailbox` undoes it for 30 days.' })
  @Allow('delete', 'Mailbox')
  async deleteMailbox(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Arg('permanently', () => Boolean, {
      defaultValue: false,
      description: 'Now and for good: nobody can restore it, and its address is free again.',
    })
    permanently: boolean,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteMailbox(context, input, permanently), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<MailboxPayload> {
  forgetLoaded(context)
  return { mailbox: await visibleMailbox(context, id), errors: [] }
}
