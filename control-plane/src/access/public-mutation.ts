/**
 * Whether what is asked for concerns nobody who is signed in: mutations that anybody may call, such as those of signing in. Their
 * effect is the cookie that comes with the answer, and so there is nothing to repeat of them.
 */
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { ExpectedError } from '../platform/errors.js'

interface Operation {
  document: DocumentNode
  operation: OperationDefinitionNode
}

export function publicMutations(schema: GraphQLSchema): (asked: Operation) => boolean {
  const fields = schema.getMutationType()?.getFields() ?? {}
  return ({ document, operation }) => {
    const names = [...rootFields(document, operation.selectionSet)].filter((name) => name !== '__typename')
    const open = names.filter((name) => fields[name]?.extensions.permission === 'public')
    if (open.length === 0 || open.length === names.length) return open.length > 0
    throw new ExpectedError('INVALID_REQUEST', {
      message: 'Of one request an Idempotency-Key covers all or nothing: send signing in or out by itself.',
    })
  }
}

/** The document is validated: fragments are there, and not in a circle. */
function* rootFields(document: DocumentNode, { selections }: SelectionSetNode): Generator<string> {
  for (const selection of selections) {
    if (selection.kind === 'Field') yield selection.name.value
    else if (selection.kind === 'InlineFragment') yield* rootFields(document, selection.selectionSet)
    else {
      const fragment = document.definitions.find(
        (definition) => definition.kind === 'FragmentDefinition' && definition.name.value === selection.name.value,
      )
      if (fragment?.kind === 'FragmentDefinition') yield* rootFields(document, fragment.selectionSet)
    }
  }
}
