/** Tells of changes as they are committed, while the client is waited for: in IDLE, and between commands after NOTIFY. */
import type { Session } from '../session.js'

export async function tellUntil(session: Session, input: Promise<unknown>, mayExpunge: boolean): Promise<void> {
  const { selected, notifier } = session
  let wake: () => void = () => undefined
  let ended = false
  const end = (): void => {
    ended = true
    wake()
  }
  input.then(end, end)
  const news = (): void => wake()
  if (selected) selected.onStale = news
  if (notifier) notifier.onNews = news
  try {
    while (!ended) {
      if (session.hasNews) {
        await session.sendUpdates(mayExpunge, false)
        await session.out.flush()
      } else {
        await new Promise<void>((resolve) => (wake = resolve))
      }
    }
  } finally {
    if (selected) selected.onStale = null
    if (notifier) notifier.onNews = null
  }
}
