/**
 * Runs a mutation and keeps what came of it: busy, the errors of single fields, and the error of the whole. Every document
 * calls its result `payload`.
 */
import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import { computed, ref, shallowRef } from 'vue'
import { fieldOf, fromCombined, fromPayload, type ApiError, type PayloadError } from './api-error.ts'
import { client } from './client.ts'

interface Payload {
  payload: { errors: PayloadError[] }
}

export function useMutation<Data extends Payload, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  /** Types whose lists change though the answer does not mention them, as with a deletion. */
  touches: string[] = [],
) {
  const busy = ref(false)
  const errors = shallowRef<ApiError[]>([])

  /** The payload, or null where the mutation failed and `errors` says why. */
  async function run(variables: Variables): Promise<Data['payload'] | null> {
    busy.value = true
    errors.value = []
    try {
      const result = await client.value.mutation(document, variables, { additionalTypenames: touches }).toPromise()
      if (result.error) errors.value = [fromCombined(result.error)]
      else if (result.data && result.data.payload.errors.length > 0)
        errors.value = result.data.payload.errors.map(fromPayload)
      else return result.data?.payload ?? null
      return null
    } finally {
      busy.value = false
    }
  }

  return {
    run,
    busy,
    errors,
    fieldErrors: computed(() => Object.fromEntries(errors.value.map((error) => [fieldOf(error), error]))),
    conflict: computed(() => errors.value.some((error) => error.code === 'VERSION_CONFLICT')),
    reset: () => (errors.value = []),
  }
}

export type Mutation = Pick<ReturnType<typeof useMutation>, 'busy' | 'errors' | 'fieldErrors' | 'conflict'>
