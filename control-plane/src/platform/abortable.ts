/**
 * An async generator whose waits end when its consumer leaves.
 *
 * `return()` of a plain async generator queues behind the pending `next()`: one that waits for a change would stay for ever
 * after its subscriber is gone. Here `return()` aborts the signal that every wait of the generator is raced with. `onEnd` is called
 * however it ends, even when it was never started; it may be called more than once.
 */
export function abortable<T>(
  generate: (signal: AbortSignal) => AsyncGenerator<T, void, void>,
  outer: AbortSignal,
  onEnd: () => void,
): AsyncGenerator<T, void, void> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  if (outer.aborted) abort()
  outer.addEventListener('abort', abort, { once: true })
  const settle = (): void => {
    outer.removeEventListener('abort', abort)
    onEnd()
  }
  const inner = generate(controller.signal)
  return {
    async next() {
      try {
        const result = await inner.next()
        if (result.done) settle()
        return result
      } catch (error) {
        settle()
        throw error
      }
    },
    async return() {
      abort()
      settle()
      return inner.return()
    },
    async throw(error) {
      abort()
      settle()
      return inner.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
