/**
 * What a row of a job can be: each feature that has one registers it by name (bulk/row-operations.ts). A row names its objects as
 * people do, by name or address, or by id.
 */
import type { Action, AdminContext, SubjectName } from '../access/index.js'

export type RowInput = Record<string, unknown>

/** A job reaches what belongs to its tenant and to those below, whatever else whoever started it may change. */
export interface JobReach {
  tenantId: string
  tenantPath: string
}

/** A row as it is kept: `secret` sealed, all else for whoever may see the job. */
export interface NewRow {
  /** What people call what it is about. */
  key: string
  input: RowInput
  secret?: RowInput
}

export interface RowOperation {
  action: Action
  subject: SubjectName
  /** The fields of the mutation's input that a row gives, for rules that tell fields apart. */
  fields(input: RowInput): string[]
  /** What is costly and needs nothing of the database, done before anything is locked. */
  prepare?(input: RowInput): Promise<RowInput>
  /** Whether that takes so long that few are done at once. */
  isCostly?(input: RowInput): boolean
  /** All of these or none: throws an ExpectedError. Answers with the ids of the objects, in the same order. */
  apply(context: AdminContext, inputs: readonly RowInput[], reach: JobReach): Promise<string[]>
  /** From the fields of a file's row, each a text or whatever JSON has. Throws an ExpectedError. */
  read?(fields: RowInput): NewRow
  /** Rows given to one call of `apply`. */
  atOnce: number
}

export type RowOperations = Readonly<Record<string, RowOperation>>
