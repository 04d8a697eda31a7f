/** An operation that changes one object, by the function that its mutation calls. */
import type { Action, AdminContext, SubjectName } from '../access/index.js'
import type { RowOperation } from '../jobs/index.js'
import { findObject, type Found } from './find-objects.js'

/** `fields`: of the mutation's input, those that a row may give. */
export function oneByOne<Input extends Found>(
  action: Action,
  subject: SubjectName,
  objects: Parameters<typeof findObject>[1],
  fields: readonly string[],
  change: (context: AdminContext, input: Input) => Promise<string>,
): RowOperation {
  return {
    action,
    subject,
    atOnce: 1,
    fields: (input) => fields.filter((field) => input[field] !== undefined),
    async apply(context, [row], reach) {
      const found = await findObject(context, objects, row!, reach)
      const given = Object.fromEntries(fields.map((field) => [field, row![field]]))
      return [await change(context, { ...given, ...found } as Input)]
    },
  }
}
