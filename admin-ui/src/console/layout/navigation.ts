/** The sidebar: an entry is offered where the viewer may read its type. */
import {
  AtSign,
  BadgeCheck,
  GitCommitHorizontal,
  Globe,
  Handshake,
  History,
  IdCard,
  Hourglass,
  Inbox,
  LayoutDashboard,
  ListChecks,
  MailPlus,
  Network,
  ScrollText,
  Server,
  ShieldBan,
  ShieldQuestionMark,
  SlidersHorizontal,
  UsersRound,
  Webhook,
  Waves,
} from '@lucide/vue'
import type { Component } from 'vue'

interface Entry {
  route: string
  label: string
  icon: Component
  /** The type that one must be allowed to read. */
  type?: string
  /** Routes that belong to this entry too. */
  also?: string[]
}

export const navigation: { label?: string; entries: Entry[] }[] = [
  { entries: [{ route: 'overview', label: 'nav.overview', icon: LayoutDashboard }] },
  {
    label: 'nav.hosting',
    entries: [
      { route: 'tenants', label: 'nav.tenants', icon: Network, type: 'Tenant' },
      { route: 'domains', label: 'nav.domains', icon: Globe, type: 'Domain', also: ['domain'] },
      { route: 'mailboxes', label: 'nav.mailboxes', icon: Inbox, type: 'Mailbox', also: ['mailbox'] },
      { route: 'aliases', label: 'nav.aliases', icon: AtSign, type: 'Alias' },
      { route: 'groups', label: 'nav.groups', icon: MailPlus, type: 'Group' },
      { route: 'policies', label: 'nav.policies', icon: SlidersHorizontal, type: 'Policy' },
    ],
  },
  {
    label: 'nav.operations',
    entries: [
      { route: 'log', label: 'nav.log', icon: ScrollText, type: 'MailEvent' },
      { route: 'webhooks', label: 'nav.webhooks', icon: Webhook, type: 'Webhook', also: ['webhook'] },
      { route: 'queue', label: 'nav.queue', icon: Hourglass, type: 'QueuedMessage' },
      { route: 'jobs', label: 'nav.jobs', icon: ListChecks, type: 'Job', also: ['job', 'import'] },
      { route: 'nodes', label: 'nav.nodes', icon: Server, type: 'MailNode', also: ['node'] },
      { route: 'rollouts', label: 'nav.rollouts', icon: Waves, type: 'Rollout', also: ['rollout'] },
      { route: 'history', label: 'nav.history', icon: GitCommitHorizontal, type: 'AuditEntry' },
    ],
  },
  {
    label: 'nav.access',
    entries: [
      { route: 'administrators', label: 'nav.administrators', icon: UsersRound, type: 'Administrator' },
      { route: 'roles', label: 'nav.roles', icon: BadgeCheck, type: 'AccessRole', also: ['role'] },
      { route: 'grants', label: 'nav.grants', icon: Handshake, type: 'Grant' },
      { route: 'sources', label: 'nav.sources', icon: IdCard, type: 'IdentitySource', also: ['source'] },
      { route: 'permissions', label: 'nav.permissions', icon: ShieldQuestionMark, type: 'Administrator' },
      { route: 'bans', label: 'nav.bans', icon: ShieldBan, type: 'Ban' },
      { route: 'audit', label: 'nav.audit', icon: History, type: 'AuditEntry' },
    ],
  },
]
