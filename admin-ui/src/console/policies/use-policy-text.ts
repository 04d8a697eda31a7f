/** A policy's value and where it comes from, in words. */
import { useI18n } from 'vue-i18n'
import { formatBytes } from '../../format/bytes.ts'
import type { PolicyKind } from '../../graphql/graphql.ts'
import { policyShapes } from './policy-values.ts'

export function usePolicyText() {
  const { t, n, locale } = useI18n()
  const listed = (entries: unknown[], none: string) =>
    entries.length === 0 ? none : t('policies.senders', { first: String(entries[0]), count: n(entries.length) })

  function valueText(kind: PolicyKind, value: unknown): string {
    const shape = policyShapes[kind]
    if (Array.isArray(value))
      return listed(value, t(shape.form === 'senders' ? 'policies.nobody' : 'policies.noDomain'))
    if (shape.form === 'choice') return choiceText(kind, value === null ? '' : String(value))
    if (typeof value === 'boolean') return value ? t('policies.on') : t('policies.off')
    if (value === null) return t(kind === 'DKIM_ROTATION' ? 'policies.byHand' : 'common.unlimited')
    return shape.form === 'size' ? formatBytes(Number(value), locale.value) : n(Number(value))
  }
  /** Separators say themselves what they are. */
  function choiceText(kind: PolicyKind, value: string): string {
    if (kind === 'FORWARDING') return t(`policies.forwarding.${value}`)
    if (kind === 'DMARC') return t(`policies.dmarc.${value}`)
    return value === '' ? t('policies.noSeparator') : value
  }
  return { valueText, choiceText }
}
