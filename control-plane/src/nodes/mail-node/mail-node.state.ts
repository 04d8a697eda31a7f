import { offlineAfterMs } from '../link/live-links.js'

/** The state of a node as SQL; `link` is its row of mail_node_link, or null. */
export const stateOfLink = `CASE
  WHEN link.last_seen_at IS NULL THEN 'NEVER_CONNECTED'
  WHEN link.link_id IS NOT NULL AND link.last_seen_at > now() - make_interval(secs => ${offlineAfterMs / 1_000})
    THEN 'ONLINE'
  ELSE 'OFFLINE' END`
