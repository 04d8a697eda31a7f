/** An API error in the viewer's language, by its code. */
import { useI18n } from 'vue-i18n'
import type { ApiError } from '../graphql/api-error.ts'

/** What INVALID_INPUT says by itself; anything else names the rule that was broken. */
const vague = 'The input is not valid.'

export function useErrorText(): (error: ApiError) => string {
  const { t, te, locale } = useI18n()
  return (error) => {
    const detail = error.code === 'INVALID_INPUT' && locale.value === 'en' && error.message !== vague
    if (detail) return error.message
    if (error.code === 'RATE_LIMITED' && error.params.retryAfter) return t('errors.RATE_LIMITED_FOR', error.params)
    return te(`errors.${error.code}`, 'en') ? t(`errors.${error.code}`, error.params) : t('errors.INTERNAL')
  }
}
