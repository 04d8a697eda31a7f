/** Identifiers are UUIDs of version 7 (RFC 9562): made in code, and near each other in an index when made one after another. */
import { v7 } from 'uuid'

export const newId = (): string => v7()

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether PostgreSQL would take the text as a uuid; anything else names no object. */
export const isId = (text: string): boolean => pattern.test(text)
