/** What one uploaded file may be. */
export const maxUploadBytes = 33_554_432
export const maxUploadRows = 250_000
export const maxColumns = 100
export const maxRecordBytes = 65_536
/** Files of one administrator that wait for their import; the oldest goes for a new one. */
export const maxUploadsHeld = 5
/** At the same time, in one replica: of all administrators, and of one. */
export const uploadsAtOnce = { all: 4, each: 2 }
/** Points of the request budget; and one more for each row. */
export const uploadCost = 10
