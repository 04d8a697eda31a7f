/** An API error in the viewer's language, by its code. */
import { useI18n } from 'vue-i18n'
import type { ApiError } from '../graphql/api-error.ts'

export function useErrorText(): (error: ApiError) => string {
  const { t, te } = useI18n()
  return (error) => {
    const rule = error.params.rule
    if (error.code === 'INVALID_INPUT' && rule && te(`rules.${rule}`, 'en')) return t(`rules.${rule}`, error.params)
    if (error.code === 'RATE_LIMITED' && error.params.retryAfter) return t('errors.RATE_LIMITED_FOR', error.params)
    return te(`errors.${error.code}`, 'en') ? t(`errors.${error.code}`, error.params) : t('errors.INTERNAL')
  }
}
