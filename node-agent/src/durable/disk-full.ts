/** Failures after which the disk holds what it held before, so that one can go on once there is room again. */
const codes = new Set([
  'ENOSPC',
  'EDQUOT',
  'SQLITE_FULL',
  // No room for the index of the write-ahead log, noticed before anything is written.
  'SQLITE_IOERR_SHMSIZE',
])

export const isDiskFull = (error: unknown): boolean => codes.has((error as { code?: string } | null)?.code ?? '')
