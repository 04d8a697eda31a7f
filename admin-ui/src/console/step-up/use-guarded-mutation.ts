/**
 * Mutations that want a fresh proof of who sits there. Where the server asks for one, StepUpDialog does, and the mutation is sent
 * again; whoever closes the dialog has changed nothing.
 */
import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import { shallowRef } from 'vue'
import type { PayloadError } from '../../graphql/api-error.ts'
import { useMutation } from '../../graphql/use-mutation.ts'

interface Question {
  settle(passed: boolean): void
}

/** What StepUpDialog shows; one at a time. */
export const question = shallowRef<Question>()

function askForProof(): Promise<boolean> {
  question.value?.settle(false)
  return new Promise((resolve) => {
    question.value = {
      settle(passed) {
        question.value = undefined
        resolve(passed)
      },
    }
  })
}

export function useGuardedMutation<
  Data extends { payload: { errors: PayloadError[] } },
  Variables extends AnyVariables,
>(document: TypedDocumentNode<Data, Variables>, touches: string[] = []) {
  const mutation = useMutation(document, touches)

  async function run(variables: Variables): Promise<Data['payload'] | null> {
    const payload = await mutation.run(variables)
    if (payload || !mutation.errors.value.some(({ code }) => code === 'CONFIRMATION_REQUIRED')) return payload
    mutation.reset()
    return (await askForProof()) ? mutation.run(variables) : null
  }

  return { ...mutation, run }
}
