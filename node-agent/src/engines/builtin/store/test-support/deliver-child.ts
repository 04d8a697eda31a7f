/**
 * Delivers messages for as long as it lives, and prints the number of each one that was answered as stored. The octets
 * follow from the number (`octetsOf`), so that the parent knows what must be there. Ended by SIGKILL.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MessageContent } from '../../message/message-content.js'
import { accountOf, octetsOf } from './numbered-messages.js'
import { openTestStore } from './store-fixture.js'

const [folder, first] = process.argv.slice(2) as [string, string]
let next = Number(first)

function contentOf(number: number): MessageContent {
  const buffer = octetsOf(number)
  if (buffer.length < 256 * 1024) return { size: buffer.length, buffer }
  const path = join(folder, 'spool', String(number))
  writeFileSync(path, buffer)
  return { size: buffer.length, path }
}

mkdirSync(join(folder, 'spool'), { recursive: true })
void openTestStore(folder).then((store) => {
  const loop = async (): Promise<void> => {
    for (;;) {
      const number = next++
      const accountId = accountOf(number)
      const event = { type: 'DELIVERED' as const, at: number }
      const [failure] = await store.deliver(contentOf(number), [{ accountId, event }], number)
      if (failure) throw failure
      process.stdout.write(`${number}\n`)
    }
  }
  for (let client = 0; client < 10; client++) void loop()
})
