/** Failures as the contract tells them. */
import { WriterFailedError } from '../../../durable/writer.js'
import { StoreError, type StoreErrorCode } from './mail-store.js'

const storeErrorCodes: Record<StoreErrorCode, true> = {
  OVER_QUOTA: true,
  NO_SUCH_MAILBOX: true,
  NO_SUCH_MESSAGE: true,
  MAILBOX_EXISTS: true,
  INVALID_MAILBOX_NAME: true,
  MAILBOX_HAS_CHILDREN: true,
  NO_SUCH_ACCOUNT: true,
  LIMIT_REACHED: true,
  UNAVAILABLE: true,
}

/** Whatever is not an expected failure means: not stored, try again later. */
export function storeErrorOf(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const { code, message } = error as { code?: string; message: string }
  const known = code !== undefined && Object.hasOwn(storeErrorCodes, code)
  return Object.assign(new StoreError(known ? (code as StoreErrorCode) : 'UNAVAILABLE', message), { cause: error })
}

class IndexDamage extends Error {
  override name = 'IndexDamage'
}

/** Of a row of the index that contradicts itself or what it points to. */
export const damagedEntry = (uid: number | null): StoreError =>
  Object.assign(
    new StoreError(
      'UNAVAILABLE',
      uid === null ? 'index entries are damaged' : `the index entry of UID ${uid} is damaged`,
    ),
    { cause: new IndexDamage('an entry of the index is damaged') },
  )

/** A commit that failed under way may still be on disk: files that its rows would need must stay until the next start. */
export const isUndecided = (error: StoreError): boolean => error.cause instanceof WriterFailedError

/** The disk or the database is damaged, and not merely full or busy: somebody must look. */
export const isDamage = (error: unknown): boolean =>
  error instanceof IndexDamage ||
  /^SQLITE_(CORRUPT|NOTADB|IOERR|CANTOPEN)|^E(IO|ACCES|PERM|ROFS)$/.test(
    (error as { code?: string } | null)?.code ?? '',
  )
