/** How each kind of event looks. Colour only repeats what icon and word say. */
import {
  CheckCheck,
  CircleX,
  Clock,
  Inbox,
  KeyRound,
  ListPlus,
  PlugZap,
  Send,
  ShieldX,
  Trash2,
  Undo2,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { MailEventType } from '../../graphql/graphql.ts'

interface Look {
  icon: Component
  tone: 'neutral' | 'good' | 'warn' | 'bad' | 'info'
}

export const looks: Record<MailEventType, Look> = {
  ACCEPTED: { icon: Inbox, tone: 'info' },
  REFUSED: { icon: CircleX, tone: 'bad' },
  DELIVERED: { icon: CheckCheck, tone: 'good' },
  QUEUED: { icon: ListPlus, tone: 'neutral' },
  RELAYED: { icon: Send, tone: 'good' },
  DEFERRED: { icon: Clock, tone: 'warn' },
  BOUNCED: { icon: Undo2, tone: 'bad' },
  DELETED: { icon: Trash2, tone: 'warn' },
  AUTHENTICATED: { icon: KeyRound, tone: 'neutral' },
  AUTH_FAILED: { icon: ShieldX, tone: 'bad' },
  SESSION: { icon: PlugZap, tone: 'neutral' },
}
