/** Help, from the model alone: what the SDL says of a field and its inputs. */
import { getNamedType, getNullableType, isEnumType, isInputObjectType, isListType } from 'graphql'
import { usageFailure } from './failures.js'
import { optionsOf } from './invocation.js'
import type { Command, CommandModel } from './model/commands.js'
import { generalOptions, type OptionDescription } from './model/options.js'
import { isOrder, type Parameter } from './model/parameters.js'
import { isBoolean } from './model/variables.js'

export interface OwnCommand {
  path: string[]
  usage: string
  description: string
  options: OptionDescription[]
}

const table = (lines: [string, string][]): string => {
  const width = Math.min(34, Math.max(...lines.map(([left]) => left.length)))
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd() + '\n').join('')
}

const optionLine = ({ name, short, value, description }: OptionDescription): [string, string] => [
  `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
  description,
]

export function overview(model: CommandModel, own: OwnCommand[]): string {
  const groups = new Map<string, string[]>()
  for (const { path } of model.commands.filter(({ path }) => path.length > 1)) {
    groups.set(path[0]!, [...(groups.get(path[0]!) ?? []), path[1]!])
  }
  const single = model.commands.filter(({ path }) => path.length === 1)
  return [
    'Usage: mailfleet COMMAND [OPTION…]\n\nThe whole API of a Mailfleet control plane.\n',
    'Commands:',
    table([
      ...own.map(({ usage, description }): [string, string] => [usage, description]),
      ...single.map(({ path, description }): [string, string] => [path[0]!, oneLine(description)]),
      ...[...groups].map(([group, verbs]): [string, string] => [group, verbs.join(', ')]),
    ]),
    'Options:',
    table(generalOptions.map(optionLine)),
    'mailfleet COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not allowed,',
    '5 invalid input, 6 conflict, 7 unavailable, 130 interrupted.\n',
  ].join('\n')
}

export function groupHelp(model: CommandModel, own: OwnCommand[], group: string): string {
  const commands = [...own, ...model.commands].filter(({ path }) => path[0] === group)
  if (commands.length === 0) throw usageFailure(`there is no command ${group} (see mailfleet --help)`)
  const lines = commands.map(({ path, description }): [string, string] => [path.join(' '), oneLine(description)])
  return `Usage: mailfleet ${group} COMMAND [OPTION…]\n\n${table(lines)}`
}

export const ownHelp = ({ usage, description, options }: OwnCommand): string =>
  `Usage: mailfleet ${usage}\n\n${description}\n\n${table(options.map(optionLine))}`

export function commandHelp(command: Command): string {
  const own = command.parameters.find(({ path }) => path.at(-1) === 'id' && path.length <= 2)
  const flags = command.parameters.map((parameter): [string, string] => [
    flagOf(parameter),
    meaningOf(parameter, command),
  ])
  return [
    `Usage: mailfleet ${command.path.join(' ')}${own ? ' ID' : ''}${flags.length > 0 ? ' [FLAG…]' : ''} [OPTION…]\n`,
    `${command.description}\n\n(${command.kind} ${command.field.name})\n`,
    ...(flags.length > 0 ? ['Flags:', table(flags)] : []),
    'Options:',
    table(optionsOf(command).map(optionLine)),
  ].join('\n')
}

export function flagOf({ flag, type, secret }: Parameter): string {
  if (secret) return `--${flag}-stdin | -file PATH`
  if (isBoolean(type)) return `--[no-]${flag}`
  const inner = getNamedType(type)
  const item = isOrder(inner) ? 'FIELD[:DESC]' : isInputObjectType(inner) ? 'JSON' : inner.name.toUpperCase()
  return `--${flag} ${isEnumType(inner) ? 'NAME' : item}`
}

export function meaningOf({ type, description, required, flag, default: preset }: Parameter, command: Command): string {
  const inner = getNamedType(type)
  const names = isEnumType(inner) ? inner.getValues().map(({ name }) => name) : []
  const ordered = isOrder(inner) && getNamedType(inner.getFields().field!.type)
  const filled = flag === 'version' && command.versionQuery
  return [
    oneLine(description),
    names.length > 0 ? `One of ${names.join(', ')}.` : '',
    isEnumType(ordered)
      ? `By ${ordered
          .getValues()
          .map(({ name }) => name)
          .join(', ')}.`
      : '',
    isInputObjectType(inner) && !ordered ? `${inner.name}; or --${flag}.0.… for a part of it.` : '',
    isListType(getNullableType(type)) ? 'May be repeated.' : '',
    filled ? 'Without: the current one.' : required && preset === undefined ? 'Required.' : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
