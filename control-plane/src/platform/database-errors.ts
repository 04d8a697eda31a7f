/** What PostgreSQL's constraints refuse, as the failures that callers expect. */
import { ExpectedError } from './errors.js'

interface ConstraintError {
  code?: unknown
  constraint?: unknown
}

/**
 * Runs `work`; a violation of one of the named constraints becomes the error given for it. The constraint decides, not a
 * look beforehand, and so two callers at the same moment cannot both pass.
 */
export async function translateConstraints<T>(
  errors: Record<string, () => ExpectedError>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, constraint } = error as ConstraintError
    // Class 23: integrity constraint violation.
    if (typeof code === 'string' && code.startsWith('23') && typeof constraint === 'string') {
      const translated = errors[constraint]
      if (translated) throw translated()
    }
    throw error
  }
}
