import { Administrator } from './administrators/index.js'
import { Alias } from './aliases/index.js'
import { AppPassword } from './app-passwords/index.js'
import { Ban } from './bans/index.js'
import { DkimKey } from './dkim/index.js'
import { IdentitySource } from './directories/index.js'
import { Domain } from './domains/index.js'
import { Forward } from './forwards/index.js'
import { Grant } from './grants/index.js'
import { Group } from './groups/index.js'
import { Job } from './jobs/index.js'
import { Mailbox } from './mailboxes/index.js'
import { MailNode } from './nodes/index.js'
import { QueuedMessage, QueueHold } from './queue/index.js'
import { AccessRole, RoleAssignment } from './roles/index.js'
import { SavedSearch } from './saved-searches/index.js'
import { ApiToken, Passkey, Session } from './sign-in/index.js'
import { Tenant } from './tenants/index.js'
import { Webhook } from './webhooks/index.js'

export const entities = [
  Tenant,
  Administrator,
  AccessRole,
  RoleAssignment,
  Grant,
  SavedSearch,
  ApiToken,
  Session,
  Passkey,
  Domain,
  Mailbox,
  AppPassword,
  Alias,
  Group,
  Forward,
  DkimKey,
  Job,
  MailNode,
  QueuedMessage,
  QueueHold,
  Ban,
  IdentitySource,
  Webhook,
]
