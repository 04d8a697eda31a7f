/**
 * Does the rows of one batch in the transaction at hand, in their order. Rows of one operation that stand together are tried together,
 * in a savepoint; where that fails the half of them, and so on down to the row that is at fault, which alone keeps its error. So what
 * comes of a batch is what would come of its rows one after another.
 */
import type { AdminContext } from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import { forgetLoaded } from '../platform/loader.js'
import type { JobReach, RowInput, RowOperation, RowOperations } from './row-operation.js'

export interface WaitingRow {
  number: number
  operation: string
  input: RowInput
}

export interface RowError {
  code: string
  message: string
  path: string[] | null
  params: { name: string; value: string }[]
}

export interface RowResult {
  number: number
  objectId: string | null
  error: RowError | null
}

interface Prepared {
  number: number
  operation: RowOperation
  fields: string[]
  input: RowInput
}

/** Costly work on all rows, side by side; a row that fails in it is done. */
export async function prepareRows(
  operations: RowOperations,
  rows: readonly WaitingRow[],
  onUnexpected: (error: unknown) => string,
): Promise<(Prepared | RowResult)[]> {
  return Promise.all(
    rows.map(async ({ number, operation: name, input }) => {
      try {
        const operation = operations[name]
        // A row of a release that knew more than this one.
        if (!operation) throw new ExpectedError('INVALID_INPUT', { message: 'This operation is not known.' })
        const prepared = operation.prepare ? await operation.prepare(input) : input
        return { number, operation, fields: operation.fields(input), input: prepared }
      } catch (error) {
        return failure(number, error, onUnexpected)
      }
    }),
  )
}

export async function applyRows(
  context: AdminContext,
  rows: readonly (Prepared | RowResult)[],
  reach: JobReach,
  onUnexpected: (error: unknown) => string,
): Promise<RowResult[]> {
  const results: RowResult[] = []
  for (const group of groupsOf(rows)) {
    if ('objectId' in group) results.push(group)
    else results.push(...(await applyTogether(context, group, reach, onUnexpected)))
  }
  return results
}

function groupsOf(rows: readonly (Prepared | RowResult)[]): (Prepared[] | RowResult)[] {
  const groups: (Prepared[] | RowResult)[] = []
  for (const row of rows) {
    const last = groups.at(-1)
    if ('objectId' in row) groups.push(row)
    else if (Array.isArray(last) && belongsTo(last, row)) last.push(row)
    else groups.push([row])
  }
  return groups
}

const belongsTo = (group: Prepared[], row: Prepared): boolean =>
  group[0]!.operation === row.operation &&
  group.length < row.operation.atOnce &&
  group[0]!.fields.join() === row.fields.join()

async function applyTogether(
  context: AdminContext,
  rows: Prepared[],
  reach: JobReach,
  onUnexpected: (error: unknown) => string,
): Promise<RowResult[]> {
  const { operation, fields } = rows[0]!
  const { action, subject } = operation
  context.input = { action, subject, fields }
  // What an earlier row has changed is read anew.
  forgetLoaded(context)
  try {
    const inputs = rows.map(({ input }) => input)
    const ids = await operation.apply(context, inputs, reach)
    return rows.map(({ number }, index) => ({ number, objectId: ids[index]!, error: null }))
  } catch (error) {
    if (isTransactionRollback(error)) throw error
    if (rows.length === 1) return [failure(rows[0]!.number, error, onUnexpected)]
    const half = Math.ceil(rows.length / 2)
    return [
      ...(await applyTogether(context, rows.slice(0, half), reach, onUnexpected)),
      ...(await applyTogether(context, rows.slice(half), reach, onUnexpected)),
    ]
  }
}

/** Class 40: whatever is in the way, the batch as a whole is to be tried again. */
const isTransactionRollback = (error: unknown): boolean =>
  String((error as { code?: unknown }).code ?? '').startsWith('40')

function failure(number: number, error: unknown, onUnexpected: (error: unknown) => string): RowResult {
  if (error instanceof ExpectedError) {
    const { code, message, inputPath: path, params } = error
    return { number, objectId: null, error: { code, message, path, params } }
  }
  const correlationId = onUnexpected(error)
  const { code, message } = new ExpectedError('INTERNAL')
  return {
    number,
    objectId: null,
    error: { code, message, path: null, params: [{ name: 'correlationId', value: correlationId }] },
  }
}
