/** Splits arguments as GNU tools do: `--name value`, `--name=value`, `-o json`, `--` ends flags. It knows no command. */
import { usageFailure } from '../failures.js'

export interface Flag {
  name: string
  value: string | null
}

export interface SplitArguments {
  flags: Flag[]
  words: string[]
}

/** `takesValue`: of a flag by its long name; undefined where there is none such. */
export function splitArguments(
  args: string[],
  shorts: Record<string, string>,
  takesValue: (name: string) => boolean | undefined,
): SplitArguments {
  const split: SplitArguments = { flags: [], words: [] }
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!
    if (word === '--') {
      split.words.push(...args.slice(index + 1))
      break
    }
    const [, dashes, spelled, inline] = /^(--?)([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? []
    if (spelled === undefined) {
      split.words.push(word)
      continue
    }
    const name = dashes === '--' ? spelled : shorts[spelled]
    const wants = name === undefined ? undefined : takesValue(name)
    if (name === undefined || wants === undefined)
      throw usageFailure(`there is no ${dashes}${spelled} here (see --help)`)
    if (inline !== undefined) split.flags.push({ name, value: inline })
    else if (!wants) split.flags.push({ name, value: null })
    else {
      const value = args[++index]
      if (value === undefined) throw usageFailure(`--${name} takes a value`)
      split.flags.push({ name, value })
    }
  }
  return split
}
