import type { Messages } from '../messages.ts'
import { access, roles } from './access.ts'
import { account } from './account.ts'
import { administrators } from './administrators.ts'
import { aliases } from './aliases.ts'
import { audit } from './audit.ts'
import { bans } from './bans.ts'
import { budgets } from './budgets.ts'
import { common, enums } from './common.ts'
import { domains } from './domains.ts'
import { errors, rules } from './errors.ts'
import { grants, permissions } from './grants.ts'
import { history, rollouts } from './history.ts'
import { imports } from './imports.ts'
import { jobs } from './jobs.ts'
import { attention, shortcuts, traffic } from './home.ts'
import { bulk, connection, list } from './list.ts'
import { log } from './log.ts'
import { appPasswords, dkim, groups, members } from './mail-objects.ts'
import { mailboxes } from './mailboxes.ts'
import { nodes } from './nodes.ts'
import { overview } from './overview.ts'
import { nav, signIn, theme } from './session.ts'
import { impersonation, security, stepUp } from './security.ts'
import { palette } from './palette.ts'
import { queue, queueHolds } from './queue.ts'
import { policies } from './policies.ts'
import { webhooks } from './webhooks.ts'
import { sources } from './sources.ts'
import { tenants } from './tenants.ts'

export const vi: Messages = {
  common,
  enums,
  errors,
  rules,
  nav,
  theme,
  signIn,
  overview,
  attention,
  shortcuts,
  traffic,
  tenants,
  list,
  bulk,
  connection,
  domains,
  mailboxes,
  aliases,
  groups,
  members,
  appPasswords,
  dkim,
  administrators,
  audit,
  budgets,
  policies,
  history,
  rollouts,
  imports,
  jobs,
  queue,
  queueHolds,
  nodes,
  log,
  access,
  bans,
  sources,
  grants,
  permissions,
  palette,
  webhooks,
  roles,
  account,
  security,
  stepUp,
  impersonation,
}
