/** A rule as a sentence. */
import { useI18n } from 'vue-i18n'
import { formatShort } from '../../format/time.ts'
import type { AccessRule } from './rule-fields.ts'

export function useRuleText(): (rule: AccessRule) => string {
  const { t, locale } = useI18n()
  return (rule) => {
    const list = (names: string[]) => new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(names)
    const what = t(`access.rules.says.${rule.effect}`, {
      actions: list(rule.actions.map((action) => t(`access.rules.action.${action}`))),
      subjects: list(rule.subjects.map((subject) => t(`access.rules.subject.${subject}`))),
    })
    return [
      what,
      ...(rule.fields ? [t('access.rules.onlyFields', { fields: rule.fields.join(', ') })] : []),
      t(`access.rules.where.${rule.scope}`, { count: rule.domainIds?.length ?? 0 }),
      ...(rule.expiresAt ? [t('access.rules.until', { at: formatShort(rule.expiresAt, locale.value) })] : []),
    ].join(' · ')
  }
}
