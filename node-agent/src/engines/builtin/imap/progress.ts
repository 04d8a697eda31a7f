/**
 * INPROGRESS (RFC 9585): a command that takes long says so from time to time, so that neither the client nor what is between takes
 * the session for dead. Only between whole responses.
 */
import type { Session } from './session.js'

/** Of one kind of step; what came before it in the same command had no count to tell. */
export interface Progress {
  done: number
  goal: number
}

export async function tellProgress(session: Session, progress?: Progress): Promise<void> {
  const now = performance.now()
  if (now - session.progressToldAt < session.context.progressIntervalMs) return
  session.progressToldAt = now
  const counts = progress ? `${progress.done} ${progress.goal}` : 'NIL NIL'
  session.out.line(`* OK [INPROGRESS ("${session.tag}" ${counts})] Still working`)
  await session.out.flush()
}
