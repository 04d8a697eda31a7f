/** Adds values for as long as it lives, and prints each one once it was told that it is durable. Ended by SIGKILL. */
import { Writer } from '../writer.js'

const [path, first] = process.argv.slice(2) as [string, string]
const operations = new URL('./ledger-operations.ts', import.meta.url)
let next = Number(first)
void Writer.open({ name: 'ledger', path, operations }).then((writer) => {
  const loop = async (): Promise<void> => {
    for (;;) {
      const value = next++
      await writer.call('add', { value }, [{ type: 'DELIVERED', at: value }])
      process.stdout.write(`${value}\n`)
    }
  }
  for (let client = 0; client < 20; client++) void loop()
})
