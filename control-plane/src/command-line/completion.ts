/**
 * Completion. The shells ask `mailfleet __complete WORD…` with what stands before the cursor, the word under it last: what is
 * offered is always what this version knows.
 */
import { getNamedType, isEnumType } from 'graphql'
import type { CommandModel } from './model/commands.js'
import type { OwnCommand } from './help.js'
import { optionsOf } from './invocation.js'
import { usageFailure } from './failures.js'
import { isBoolean, placeOf } from './model/variables.js'
import { formats } from './output/writer.js'

const scripts: Record<string, string> = {
  bash: `_mailfleet() {
  local IFS=$'\\n'
  COMPREPLY=($(mailfleet __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _mailfleet mailfleet
`,
  zsh: `#compdef mailfleet
_mailfleet() {
  local -a offered
  offered=("\${(@f)$(mailfleet __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${offered[1]}" ]]; then compadd -a offered; else _files; fi
}
compdef _mailfleet mailfleet
`,
  fish: `function __mailfleet_complete
  set -l words (commandline -opc) (commandline -ct)
  mailfleet __complete $words[2..-1] 2>/dev/null
end
complete -c mailfleet -f -a '(__mailfleet_complete)'
`,
}

export function completionScript(shell: string | undefined): string {
  const script = shell === undefined ? undefined : scripts[shell]
  if (!script) throw usageFailure(`mailfleet completion ${Object.keys(scripts).join(' | ')}`)
  return script
}

export function complete(model: CommandModel, own: OwnCommand[], words: string[]): string[] {
  const current = words.at(-1) ?? ''
  return offered(model, own, words.slice(0, -1)).filter((word) => word.startsWith(current))
}

function offered(model: CommandModel, own: OwnCommand[], before: string[]): string[] {
  const all = [...own.map(({ path }) => path), ...model.commands.map(({ path }) => path)]
  if (before.length === 0) return [...new Set(all.map(([first]) => first!))]
  const [first = '', second] = before
  const ownCommand = own.find(({ path }) => path.every((word, index) => before[index] === word))
  if (ownCommand) return ownCommand.options.map(({ name }) => `--${name}`)
  const command = model.commands.find(({ path }) => path.every((word, index) => before[index] === word))
  if (!command) {
    return second === undefined ? all.filter(([group, verb]) => group === first && verb).map(([, verb]) => verb!) : []
  }
  const last = before.at(-1)!
  if (last === '--output' || last === '-o') return [...formats]
  const place = last.startsWith('--') ? placeOf(command, last.slice(2)) : null
  const type = place && getNamedType(place.type)
  if (isEnumType(type)) return type.getValues().map(({ name }) => name)
  if (place && !isBoolean(place.type)) return []
  return [
    ...command.parameters.map(({ flag, secret }) => `--${flag}${secret ? '-stdin' : ''}`),
    ...optionsOf(command).map(({ name }) => `--${name}`),
  ]
}
