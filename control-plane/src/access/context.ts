/** What a resolver is given with each operation. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Database } from '../platform/database.js'
import type { RootField } from '../platform/graphql/guarded-fields.js'
import type { LoaderContext } from '../platform/loader.js'
import type { Secrets } from '../platform/secrets/index.js'
import type { Logger } from '../platform/logger.js'
import type { Action, SubjectName } from './subjects.js'
import type { Viewer } from './viewer.js'

export interface AdminContext extends LoaderContext {
  /** Reaches the rows of tenants that the caller's rules name, and no others: PostgreSQL sees to it (reach.ts). */
  database: Database
  /**
   * The same without that wall, for what is asked before anybody is known, and for what a caller is told only a part of. Each use
   * is a place to look at twice.
   */
  system: Database
  /** What is kept encrypted. */
  secrets: Secrets
  logger: Logger
  /** Null: nobody is signed in. */
  viewer: Viewer | null
  /** What is under way; null until the guard has seen it. */
  operation: (RootField & { id: string }) | null
  /** From where the caller came, and why, where that was said. */
  origin: { ip: string; userAgent: string | null; reason?: string | null }
  /** Null on the socket. */
  http: { request: IncomingMessage; response: ServerResponse } | null
  /** The fields that the mutation at hand gives to an object that it makes or changes; mutations of a request run one after another. */
  input?: GivenInput | null
}

export interface GivenInput {
  action: Action
  subject: SubjectName
  fields: string[]
}
