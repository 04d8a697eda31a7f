/**
 * The node sockets of this replica, and what the database says of them.
 *
 * A node is online while its row names a link that was seen in the last `offlineAfterMs`; whichever replica has the
 * socket keeps it fresh. The same statement shows whether the node still may be here: a deleted node, a replaced key and a
 * newer link are cut at the next beat, a suspended node after it had time to take its new settings. The newest link wins.
 */
import type { DataSource } from 'typeorm'
import type { NodeSession } from './node-session.js'

export const offlineAfterMs = 10_000

/** Close codes of the node socket, beside those of graphql-ws. */
export const closeCodes = { forbidden: 4403, replaced: 4409, goingAway: 1001 } as const

export interface LiveLinksOptions {
  beatMs?: number
  /** From suspension to cut; with the beat less than 5 s. */
  suspensionGraceMs?: number
  onChange?: (mailNodeId: string) => void
  onError?: (error: unknown) => void
}

export class LiveLinks {
  private readonly sessions = new Map<string, NodeSession>()
  private readonly timer: NodeJS.Timeout
  private beating: Promise<void> | null = null

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: LiveLinksOptions = {},
  ) {
    this.timer = setInterval(() => this.beatSoon(), options.beatMs ?? 1_500)
  }

  get size(): number {
    return this.sessions.size
  }

  get open(): Iterable<NodeSession> {
    return this.sessions.values()
  }

  async add(session: NodeSession): Promise<void> {
    const { linkId, mailNodeId } = session.identity
    for (const other of this.sessions.values())
      if (other.mailNodeId === mailNodeId) other.close(closeCodes.replaced, 'Replaced by a newer connection')
    // The row first: a beat cuts every session that no row names.
    await this.dataSource.query(
      `INSERT INTO mail_node_link AS link (mail_node_id, link_id, last_seen_at, connections) VALUES ($1, $2, now(), 1)
       ON CONFLICT (mail_node_id) DO UPDATE SET link_id = excluded.link_id, last_seen_at = excluded.last_seen_at,
         connections = link.connections + 1`,
      [mailNodeId, linkId],
    )
    // It may have gone while its row was written; then nobody else would take the row back.
    if (session.signal.aborted) return this.release(session)
    this.sessions.set(linkId, session)
    this.options.onChange?.(mailNodeId)
  }

  async remove(session: NodeSession): Promise<void> {
    session.ended()
    if (this.sessions.delete(session.identity.linkId)) await this.release(session)
  }

  /** Now instead of at the next beat: something about these nodes has changed. */
  beatSoon(): void {
    this.beating ??= this.beat()
      .catch((error) => this.options.onError?.(error))
      .finally(() => (this.beating = null))
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    await this.beating
    const sessions = [...this.sessions.values()]
    for (const session of sessions) session.close(closeCodes.goingAway, 'Going away')
    await Promise.all(sessions.map((session) => this.remove(session)))
  }

  private async release({ identity: { linkId, mailNodeId } }: NodeSession): Promise<void> {
    await this.dataSource.query('UPDATE mail_node_link SET link_id = NULL WHERE mail_node_id = $1 AND link_id = $2', [
      mailNodeId,
      linkId,
    ])
    this.options.onChange?.(mailNodeId)
  }

  private async beat(): Promise<void> {
    const checked = [...this.sessions.values()]
    if (checked.length > 0) await this.refresh(checked)
    // Links of a replica that died without closing them.
    const [lost] = await this.dataSource.query(
      `UPDATE mail_node_link SET link_id = NULL
       WHERE link_id IS NOT NULL AND last_seen_at < now() - make_interval(secs => $1) RETURNING mail_node_id`,
      [offlineAfterMs / 1_000],
    )
    for (const { mail_node_id } of lost) this.options.onChange?.(mail_node_id)
  }

  private async refresh(checked: NodeSession[]): Promise<void> {
    const [rows]: [{ link_id: string; status: string; key_thumbprint: string }[]] = await this.dataSource.query(
      `UPDATE mail_node_link AS link SET last_seen_at = now() FROM mail_node AS node
       WHERE node.id = link.mail_node_id AND link.mail_node_id = ANY($1::uuid[]) AND link.link_id = ANY($2::uuid[])
       RETURNING link.link_id, node.status, node.key_thumbprint`,
      [checked.map((session) => session.mailNodeId), checked.map((session) => session.identity.linkId)],
    )
    const byLink = new Map(rows.map((row) => [row.link_id, row]))
    for (const session of checked) this.judge(session, byLink.get(session.identity.linkId))
  }

  private judge(session: NodeSession, row: { status: string; key_thumbprint: string } | undefined): void {
    if (session.signal.aborted || !this.sessions.has(session.identity.linkId)) return
    if (!row) return session.close(closeCodes.replaced, 'Replaced or deleted')
    if (row.key_thumbprint !== session.identity.keyThumbprint) return session.close(closeCodes.forbidden, 'Forbidden')
    if (row.status === 'ACTIVE') {
      session.cutAt = null
      return
    }
    session.cutAt ??= Date.now() + (this.options.suspensionGraceMs ?? 1_200)
    if (Date.now() >= session.cutAt) session.close(closeCodes.forbidden, 'Forbidden')
  }
}
