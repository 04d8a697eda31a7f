/** Finds the command in the arguments and runs it. Its result is the exit code; what went wrong is on standard error. */
import { complete, completionScript } from './completion.js'
import { CommandFailure, exitCodes, usageFailure } from './failures.js'
import { commandHelp, groupHelp, overview, ownHelp, type OwnCommand } from './help.js'
import { readCommandModel, type Command, type CommandModel } from './model/commands.js'
import { generalOptions } from './model/options.js'
import { ownCommands, runOwnCommand } from './own-commands.js'
import { runCommand } from './run-command.js'
import { note, printable, write, type Terminal } from './terminal.js'

const completion: OwnCommand = {
  path: ['completion'],
  usage: 'completion bash | zsh | fish',
  description: 'A script that completes commands and flags: source <(mailfleet completion bash)',
  options: [],
}

export async function commandLine(args: string[], terminal: Terminal): Promise<number> {
  try {
    await dispatch(args, terminal)
    return terminal.signal.aborted ? exitCodes.interrupted : exitCodes.ok
  } catch (error) {
    if (terminal.signal.aborted) return exitCodes.interrupted
    const { message, exitCode } =
      error instanceof CommandFailure ? error : { message: (error as Error).message, exitCode: exitCodes.failed }
    for (const line of message.split('\n')) note(terminal, `mailfleet: ${printable(line)}`)
    return exitCode
  }
}

async function dispatch(args: string[], terminal: Terminal): Promise<void> {
  const model = readCommandModel()
  const own = [...ownCommands, completion]
  const { words, before, rest } = commandWords(args)
  const [first = '', second] = words
  if (first === '__complete')
    return write(
      terminal,
      complete(model, own, args.slice(1))
        .map((word) => `${word}\n`)
        .join(''),
    )
  if (first === '' || first === 'help') {
    if (first === '' && !args.some((word) => word === '--help' || word === '-h')) {
      note(terminal, overview(model, own))
      throw usageFailure('which command?')
    }
    return write(terminal, helpFor(model, own, words.slice(1)))
  }
  const isHelp = args.some(
    (word, index) => (word === '--help' || word === '-h') && !args.slice(0, index).includes('--'),
  )
  if (isHelp) return write(terminal, helpFor(model, own, words))
  if (first === 'completion') return write(terminal, completionScript(second))
  const ownCommand = ownCommands.find(matches(words))
  if (ownCommand) return runOwnCommand(terminal, ownCommand, [...before, ...rest(ownCommand.path.length)])
  const command = model.commands.find(matches(words))
  if (!command) throw usageFailure(unknownCommand(model, first, second))
  return runCommand(terminal, command, [...before, ...rest(command.path.length)])
}

const matches =
  (words: string[]) =>
  ({ path }: { path: string[] }): boolean =>
    path.every((word, index) => words[index] === word)

interface CommandWords {
  words: string[]
  /** General options that stand before the command. */
  before: string[]
  /** What stands behind a command of so many words. */
  rest: (length: number) => string[]
}

function commandWords(args: string[]): CommandWords {
  let start = 0
  while (start < args.length && args[start]!.startsWith('-')) {
    const option = generalOptions.find(({ name, short }) => args[start] === `--${name}` || args[start] === `-${short}`)
    start += option?.value ? 2 : 1
  }
  const behind = args.slice(start)
  const flag = behind.findIndex((word) => word.startsWith('-'))
  return {
    words: flag < 0 ? behind : behind.slice(0, flag),
    before: args.slice(0, start),
    rest: (length) => behind.slice(length),
  }
}

function helpFor(model: CommandModel, own: OwnCommand[], words: string[]): string {
  const ownCommand = own.find(matches(words))
  if (ownCommand) return ownHelp(ownCommand)
  const command = model.commands.find(matches(words))
  if (command) return commandHelp(command)
  return words.length === 0 ? overview(model, own) : groupHelp(model, own, words[0]!)
}

function unknownCommand(model: CommandModel, group: string, verb: string | undefined): string {
  const verbs = model.commands.filter((each: Command) => each.path[0] === group).map(({ path }) => path[1] ?? '')
  if (verbs.length === 0) return `there is no command ${group} (see mailfleet --help)`
  return `mailfleet ${group}: ${verb === undefined ? 'which' : `no ${verb};`} of ${verbs.join(', ')}?`
}
