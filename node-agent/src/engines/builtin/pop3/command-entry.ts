/** What the table of commands says of each. */
import type { Reply } from './reply.js'
import type { Session } from './session.js'

export type State = 'AUTHORIZATION' | 'TRANSACTION'

export interface CommandEntry {
  keyword: string
  states: State[]
  /** Of arguments, least and most. A last argument `rest` takes the line to its end, spaces included. */
  arguments: [least: number, most: number] | 'rest'
  /** Not before TLS: what it carries must not be seen on the wire. */
  needsTls?: boolean
  handler(session: Session, args: string[]): Reply | Promise<Reply>
}
