import { setTimeout as sleep } from 'node:timers/promises'

/** Reads until `done` likes what it reads, for half a minute at most; answers the last value, for the caller to judge. */
export async function eventually<Value>(
  read: () => Promise<Value> | Value,
  done: (value: Value) => boolean,
): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    const value = await read()
    if (done(value) || attempt === 150) return value
    await sleep(200)
  }
}
