import type { en } from './en/index.ts'

/** What every language must have. */
export type Messages = typeof en
