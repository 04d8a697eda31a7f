/**
 * Statements of one connection, each begun when the one before has ended. pg keeps such a queue itself, warns of it, and gives it up with
 * its next major version; code that runs side by side in one transaction, such as loaders, goes on as it is.
 */
type Callback = (error: Error | null, result?: unknown) => void
interface Client {
  query(...args: unknown[]): unknown
}

export function oneAtATime(client: object): void {
  const connection = client as Client
  const query = connection.query.bind(connection)
  let before: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const settle = (): void => void waiting--
  connection.query = (...args) => {
    const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : null
    // At once where nothing is under way, so that a statement is on its way when `query` returns, as it is with pg.
    const result = (
      waiting++ === 0 ? begin(() => query(...args)) : before.then(() => query(...args))
    ) as Promise<unknown>
    before = result.then(settle, settle)
    if (!callback) return result
    result.then(
      (value) => callback(null, value),
      (error: Error) => callback(error),
    )
    return undefined
  }
}

const begin = async (work: () => unknown): Promise<unknown> => work()
