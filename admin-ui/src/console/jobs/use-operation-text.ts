/** What a job, or one row of it, does, in words; the name of the mutation where there are none. */
import { useI18n } from 'vue-i18n'

export function useOperationText(): (operation: string) => string {
  const { t, te } = useI18n()
  return (operation) => (te(`jobs.operation.${operation}`, 'en') ? t(`jobs.operation.${operation}`) : operation)
}
