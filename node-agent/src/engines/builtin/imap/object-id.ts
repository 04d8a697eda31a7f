/** Identifiers that outlive names and UIDs (RFC 8474): of a mailbox through RENAME, of a message through COPY and MOVE. */
import type { MailboxInfo, StoredMessage } from '../store/mail-store.js'

export const mailboxObjectId = ({ id }: Pick<MailboxInfo, 'id'>): string => `M${id}`

export const emailObjectId = ({ contentId }: StoredMessage): string => `E${contentId}`
