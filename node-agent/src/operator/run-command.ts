/** Commands for the operator of a node, beside the agent that runs: `main.js check`, `repair`, `backup <folder>`, `queue`. */
import { resolve } from 'node:path'
import { readSettings } from '../settings.js'
import { backUp } from './backup.js'
import { check, type Finding } from './check.js'
import { listQueue } from './list-queue.js'

const usage = `Usage: main.js                   runs the node agent
       main.js check            looks for damage; exit code 1 where there is some
       main.js repair           the same, and sets right what can be set right while the agent runs
       main.js backup <folder>  copies the node's data, consistently, into an empty folder
       main.js queue            tells for which destinations mail waits, and why
       main.js queue <domain>   tells which messages wait for that one
The data folder is MAILFLEET_NODE_DATA.
`

/** The exit code; null where the arguments are those of the agent itself. */
export async function runCommand(args: readonly string[], print: (text: string) => void): Promise<number | null> {
  const [command, ...rest] = args
  if (command === undefined) return null
  const arity: Record<string, [number, number]> = { check: [0, 0], repair: [0, 0], backup: [1, 1], queue: [0, 1] }
  const [fewest, most] = Object.hasOwn(arity, command) ? arity[command]! : [1, 0]
  if (rest.length < fewest || rest.length > most) {
    print(usage)
    return /^(?:--help|-h|help)$/.test(command) ? 0 : 2
  }
  const { dataFolder } = readSettings(process.env)
  if (command === 'queue') return listQueue(dataFolder, rest[0] ?? null, print)
  if (command === 'backup') {
    const { databases, files } = await backUp(dataFolder, resolve(rest[0]!))
    print(`copied ${databases} databases and ${files} files\n`)
    return 0
  }
  let open = 0
  check(dataFolder, command === 'repair', ({ database, what, repaired }: Finding) => {
    if (!repaired) open++
    print(`${database}: ${what}${repaired ? ' (repaired)' : ''}\n`)
  })
  print(open === 0 ? 'no damage\n' : `${open} findings\n`)
  return open === 0 ? 0 : 1
}
