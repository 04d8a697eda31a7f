/** The command table: everything a client can ask for, and when. */
import { deleteAcl, getAcl, listRights, myRights, setAcl } from './acl.js'
import { append } from './append.js'
import { authenticate, login, starttls } from './authentication.js'
import type { CommandEntry } from './command-entry.js'
import { copy, move, uidCopy, uidMove } from './copy.js'
import { close, expunge, uidExpunge } from './expunge.js'
import { fetch, uidFetch } from './fetch.js'
import { id } from './id.js'
import { idle } from './idle.js'
import { list, lsub, namespace, status } from './list.js'
import { compress } from './compress.js'
import { create, remove, rename, subscribe, unsubscribe } from './mailbox-commands.js'
import { getQuota, getQuotaRoot } from './quota.js'
import { notify } from './notify.js'
import { getMetadata, setMetadata } from './metadata.js'
import { replace, uidReplace } from './replace.js'
import { search, uidSearch } from './search.js'
import { examine, select } from './select.js'
import { capability, check, enable, logout, noop, unselect } from './session-commands.js'
import { sort, uidSort } from './sort.js'
import { store, uidStore } from './store.js'
import { thread, uidThread } from './thread.js'

export const commands: readonly CommandEntry[] = [
  // Any state
  capability,
  noop,
  logout,
  id,
  // Not authenticated
  starttls,
  authenticate,
  login,
  // Authenticated
  enable,
  select,
  examine,
  create,
  remove,
  rename,
  subscribe,
  unsubscribe,
  list,
  lsub,
  status,
  namespace,
  append,
  getQuota,
  getQuotaRoot,
  setAcl,
  deleteAcl,
  getAcl,
  listRights,
  myRights,
  getMetadata,
  setMetadata,
  idle,
  notify,
  compress,
  // Selected
  check,
  close,
  unselect,
  expunge,
  uidExpunge,
  search,
  uidSearch,
  sort,
  uidSort,
  thread,
  uidThread,
  fetch,
  uidFetch,
  replace,
  uidReplace,
  store,
  uidStore,
  copy,
  uidCopy,
  move,
  uidMove,
]

const byName = new Map(commands.map((entry) => [entry.name, entry]))

export const findCommand = (name: string): CommandEntry | undefined => byName.get(name)
