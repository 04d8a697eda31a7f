/** Names of the files of one shard. */
import { join } from 'node:path'

export const databasePath = (folder: string): string => join(folder, 'index.db')
/** Relative to the shard's folder. */
export const segmentName = (id: number): string => `segments/${String(id).padStart(8, '0')}.seg`
export const largeFileName = (random: string): string => `large/${random}.msg`
