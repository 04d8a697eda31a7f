/** What was asked for on the command line, before anything is sent: general options and the flags of the command. */
import { usageFailure } from './failures.js'
import type { Command } from './model/commands.js'
import { splitArguments, type Flag } from './model/flags.js'
import { generalOptions, listOptions, watchOptions, type OptionDescription } from './model/options.js'
import { isBoolean, placeOf, Variables, type Place } from './model/variables.js'
import { formatOf, type Format } from './output/writer.js'
import { jsonOf } from './model/values.js'
import { readText, withoutLineEnd } from './session/secrets.js'
import type { Chosen } from './session/profiles.js'
import type { Terminal } from './terminal.js'

export class Options {
  private readonly given = new Map<string, string[]>()

  add({ name, value }: Flag): void {
    this.given.set(name, [...(this.given.get(name) ?? []), value ?? 'true'])
  }

  has = (name: string): boolean => this.given.has(name)
  all = (name: string): string[] => this.given.get(name) ?? []
  text = (name: string): string | null => this.given.get(name)?.at(-1) ?? null

  number(name: string, least: number, most: number): number | null {
    const text = this.text(name)
    if (text === null) return null
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw usageFailure(`--${name}: a whole number from ${least} to ${most}, not ${text}`)
    }
    return value
  }

  get chosen(): Chosen {
    return { profile: this.text('profile'), url: this.text('url'), allowHttp: this.has('allow-http') }
  }

  get format(): Format {
    return formatOf(this.text('output'))
  }

  get timeoutMs(): number {
    return (this.number('timeout', 1, 3_600) ?? 60) * 1_000
  }
}

export const shorts: Record<string, string> = { o: 'output', h: 'help' }

export function splitOptions(args: string[], known: OptionDescription[]): { options: Options; words: string[] } {
  const split = splitArguments(args, shorts, (name) => {
    const option = known.find((each) => each.name === name)
    return option && option.value !== null
  })
  const options = new Options()
  for (const flag of split.flags) options.add(flag)
  return { options, words: split.words }
}

export const optionsOf = (command: Command): OptionDescription[] => [
  ...(command.isList ? listOptions : []),
  ...(command.kind === 'subscription' ? watchOptions : []),
  ...generalOptions,
]

export interface Invocation {
  options: Options
  variables: Variables
}

interface GivenFlag extends Flag {
  place: Place
  /** The value is in a file. */
  fromFile: boolean
}

export async function readInvocation(terminal: Terminal, command: Command, args: string[]): Promise<Invocation> {
  const known = optionsOf(command)
  const option = (name: string) => known.find((each) => each.name === name)
  const split = splitArguments(args, shorts, (name) => {
    const general = option(name)
    if (general) return general.value !== null
    const place = placeOfFlag(command, name)
    if (place?.stdin || place?.negated) return false
    return place && (place.fromFile || !isBoolean(place.place.type))
  })
  const options = new Options()
  const given: GivenFlag[] = []
  for (const flag of split.flags) {
    if (option(flag.name)) options.add(flag)
    else given.push(givenFlag(command, flag))
  }
  const variables = new Variables(command)
  if (options.has('help')) return { options, variables }
  const file = options.text('input')
  if (file !== null) variables.base(jsonOf(await readText(terminal, file), '--input'))
  for (const { place, name, value, fromFile } of given) {
    const text = fromFile ? await readText(terminal, value!) : value!
    variables.set(place, fromFile && place.parameter.secret ? withoutLineEnd(text) : text, `--${name}`)
  }
  takeWords(command, variables, split.words)
  for (const name of options.all('clear')) {
    const place = placeOf(command, name)
    if (!place) throw usageFailure(`--clear: there is no ${name}`)
    variables.put(place.path, null)
  }
  return { options, variables }
}

interface FlagPlace {
  place: Place
  fromFile: boolean
  stdin: boolean
  negated: boolean
}

/** `--x`, `--no-x`, `--x-file PATH`, `--x-stdin`. */
function placeOfFlag(command: Command, name: string): FlagPlace | undefined {
  const plain = placeOf(command, name)
  if (plain) return { place: plain, fromFile: false, stdin: false, negated: false }
  const [, base, ending] = /^(.*)-(file|stdin)$/.exec(name) ?? []
  const read = base ? placeOf(command, base) : null
  if (read) return { place: read, fromFile: true, stdin: ending === 'stdin', negated: false }
  const negated = name.startsWith('no-') ? placeOf(command, name.slice(3)) : null
  return negated && isBoolean(negated.type)
    ? { place: negated, fromFile: false, stdin: false, negated: true }
    : undefined
}

function givenFlag(command: Command, { name, value }: Flag): GivenFlag {
  const found = placeOfFlag(command, name)!
  const { place, fromFile, stdin, negated } = found
  if (place.parameter.secret && !fromFile) {
    throw usageFailure(
      `--${name}: others can read the command line; --${name}-stdin or --${name}-file, or be asked for it`,
    )
  }
  return { name, place, fromFile, value: stdin ? '-' : (value ?? String(!negated)) }
}

/** What stands without a flag is the id, or the ids, of what the command is about. */
function takeWords(command: Command, variables: Variables, words: string[]): void {
  if (words.length === 0) return
  const own = command.parameters.find(({ path }) => path.at(-1) === 'id' && path.length <= 2)
  const ids = command.parameters.find(({ path }) => path.join('.') === 'ids')
  const only = command.parameters.filter(({ required }) => required)
  const parameter = own ?? ids ?? (only.length === 1 ? only[0] : undefined)
  if (!parameter || parameter.secret || (words.length > 1 && parameter !== ids)) {
    throw usageFailure(`too many words: ${words.slice(parameter && !parameter.secret ? 1 : 0).join(' ')}`)
  }
  for (const word of words) variables.set(placeOf(command, parameter.flag)!, word, parameter.flag)
}
