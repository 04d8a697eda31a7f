/**
 * The errors beside the fields of a form: the console's own checks once it was submitted, and the server's, which goes away as
 * soon as the form is sent again.
 */
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
import { fieldOf, type ApiError } from '../graphql/api-error.ts'
import { useErrorText } from '../ui/error-text.ts'

export function useFormCheck(
  mutation: MaybeRefOrGetter<{ errors: ApiError[]; reset: () => unknown }>,
  check: () => Record<string, string | false | undefined>,
) {
  const submitted = ref(false)
  const errorText = useErrorText()
  const own = computed(check)

  return {
    errorOf(field: string): string | undefined {
      const mine = submitted.value && own.value[field]
      if (mine) return mine
      // `targets.0` belongs to the field `targets`.
      const theirs = toValue(mutation).errors.find((error) => fieldOf(error).split('.')[0] === field)
      return theirs && errorText(theirs)
    },
    /** Whether it may be sent; from now on the own errors are shown. */
    ok(): boolean {
      submitted.value = true
      return Object.values(own.value).every((error) => !error)
    },
    reset(): void {
      submitted.value = false
      toValue(mutation).reset()
    },
  }
}
