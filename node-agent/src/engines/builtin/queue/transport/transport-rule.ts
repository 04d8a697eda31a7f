/** How a hop has to be secured, and who says so. */
import type { StsPolicy } from '@mailfleet/schema'

export type TransportRule =
  | { type: 'DANE'; records: string[] }
  /** TLSA records of which none can be used: encryption without proof (RFC 7672 section 2.2). */
  | { type: 'DANE_UNUSABLE'; records: string[] }
  | { type: 'MTA_STS'; policy: StsPolicy }

/** For events and messages. */
export function ruleName(rule: TransportRule): string {
  switch (rule.type) {
    case 'DANE':
      return 'DANE'
    case 'DANE_UNUSABLE':
      return 'DANE, encryption only'
    case 'MTA_STS':
      return `MTA-STS ${rule.policy.mode}`
  }
}
