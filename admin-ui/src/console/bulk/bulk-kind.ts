/**
 * What can be done with many objects of one kind at once: a job of the API, tried first, with a way back where there is one.
 * Texts of an action are `bulk.<key>` and below.
 */
import type { Component } from 'vue'

export interface BulkAction<Row> {
  key: string
  icon: Component
  /** What one must be allowed to do with the objects. */
  may: 'update' | 'suspend' | 'delete'
  danger?: boolean
  operation: 'Update' | 'Delete'
  /** Asked for before: what shall be said of all of them. */
  asks?: { label: string; hint: string; lines?: boolean; read: (text: string) => object | undefined }
  /** Without a question. */
  input?: object
  /** Leaves out, of all that a filter selects, what is so already. */
  narrow?: object
  /** What was said of a row before. */
  before?: (row: Row) => object
}

export interface BulkKind<Row> {
  /** As the API names them: `bulkUpdateMailboxes`. */
  plural: 'Mailboxes' | 'Domains' | 'Aliases'
  actions: BulkAction<Row>[]
}
