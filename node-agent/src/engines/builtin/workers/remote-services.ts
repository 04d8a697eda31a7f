/** The main process's services, as the sessions of a worker use them. */
import type { EventSink } from '../../../events/event-sink.js'
import type { Authenticator } from '../accounts/index.js'
import type { LockHolder, MailboxLocks } from '../pop3/index.js'
import type { Channel } from './channel.js'
import type { LockRequest, SignInCall } from './messages.js'

export const remoteEvents = (channel: Channel): EventSink => ({ emit: (event) => channel.tell('event', event) })

export const remoteAuthenticator = (channel: Channel): Authenticator => ({
  authenticate: (args) => channel.call('signIn', { method: 'authenticate', args } satisfies SignInCall),
  scramVerifiers: (args) => channel.call('signIn', { method: 'scramVerifiers', args } satisfies SignInCall),
  concludeScram: (args) => channel.call('signIn', { method: 'concludeScram', args } satisfies SignInCall),
  authenticateByToken: (args) => channel.call('signIn', { method: 'authenticateByToken', args } satisfies SignInCall),
})

export class RemoteLocks implements MailboxLocks {
  private readonly holders = new Map<number, LockHolder>()
  private nextHolder = 1

  constructor(private readonly channel: () => Channel) {}

  async acquire(accountId: string, holder: LockHolder): Promise<(() => void) | null> {
    const id = this.nextHolder++
    this.holders.set(id, holder)
    if (await this.channel().call<boolean>('lock', { accountId, holder: id } satisfies LockRequest))
      return () => {
        if (this.holders.delete(id)) this.channel().tell('unlock', id)
      }
    this.holders.delete(id)
    return null
  }

  /** A holder that is gone gives way. */
  giveWay = (id: number): boolean | Promise<boolean> => this.holders.get(id)?.giveWay() ?? true
}
