/**
 * From text to a manifest: YAML 1.2 by its core schema, of which JSON is a part. No tags of its own make objects of anything, and
 * aliases multiply nothing: ten lines of them can stand for a billion.
 */
import { parseDocument } from 'yaml'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { manifestSchema, type Manifest } from './manifest.js'

const maxAliases = 100
const maxMessage = 300

export function readManifest(content: string): Manifest {
  const result = manifestSchema.safeParse(parse(content))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw wrong(`${issue!.path.join(' → ') || 'The manifest'}: ${issue!.message}`)
}

export const wrong = (message: string, params?: Record<string, number>): ExpectedError =>
  invalidInput(['content'], message.slice(0, maxMessage), params)

function parse(content: string): unknown {
  try {
    const document = parseDocument(content, { version: '1.2', schema: 'core', uniqueKeys: true, prettyErrors: true })
    // A tag that nobody knows is a warning there.
    const [fault] = [...document.errors, ...document.warnings]
    if (fault) throw wrong(fault.message, { line: fault.linePos?.[0].line ?? 1 })
    return document.toJS({ maxAliasCount: maxAliases })
  } catch (error) {
    if (error instanceof ExpectedError) throw error
    // Too deep, or too many aliases.
    throw wrong('This manifest cannot be read: it is nested too deeply, or has too many aliases.')
  }
}
