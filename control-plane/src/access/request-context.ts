/**
 * The context of one request. Apollo Server hands resolvers a copy of it; what changes on the way, who is signed in and what is
 * under way, is therefore kept in one object that all copies share, and that the database handle looks at.
 */
import type { EntityManager } from 'typeorm'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import type { Secrets } from '../platform/secrets/index.js'
import type { AdminContext, GivenInput } from './context.js'
import { actorSettings, scopeOf, type Caller } from './database-scope.js'
import type { Viewer } from './viewer.js'

export interface RequestParts {
  database: Database
  secrets: Secrets
  logger: Logger
  viewer: Viewer | null
  origin: AdminContext['origin']
  http: AdminContext['http']
}

export class RequestContext implements AdminContext {
  database: Database
  system: Database
  readonly secrets: Secrets
  readonly logger: Logger
  readonly http: AdminContext['http']
  generation = {}
  input: GivenInput | null = null
  private readonly caller: Caller

  constructor({ database, viewer, origin, ...rest }: RequestParts) {
    const caller: Caller = { viewer, origin, operation: null }
    this.caller = caller
    this.system = database.scoped(() => actorSettings(caller))
    this.database = database.scoped(() => scopeOf(caller))
    this.secrets = rest.secrets
    this.logger = rest.logger
    this.http = rest.http
  }

  get viewer(): Viewer | null {
    return this.caller.viewer
  }
  set viewer(viewer: Viewer | null) {
    this.caller.viewer = viewer
  }
  get operation(): AdminContext['operation'] {
    return this.caller.operation
  }
  set operation(operation: AdminContext['operation']) {
    this.caller.operation = operation
  }
  get origin(): AdminContext['origin'] {
    return this.caller.origin
  }
}

/** The same request within a transaction of its system's: all that it reads and writes. */
export function within(context: AdminContext, transaction: EntityManager): AdminContext {
  const system = context.system.within(transaction)
  const copy = Object.create(Object.getPrototypeOf(context) as object) as AdminContext
  return Object.assign(copy, context, { system, database: system.scoped(() => scopeOf(context)), generation: {} })
}
