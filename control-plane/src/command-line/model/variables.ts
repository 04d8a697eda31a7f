/**
 * The variables of a request, from flags and words. A JSON file given by --input comes first, flags are laid over it. What the
 * SDL refuses is refused here, before anything is sent, and names the flag.
 */
import {
  coerceInputValue,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  type GraphQLInputType,
} from 'graphql'
import { usageFailure } from '../failures.js'
import type { Command } from './commands.js'
import { kebab } from './names.js'
import { isOrder, type Parameter } from './parameters.js'
import { valueOf } from './values.js'

type Path = (string | number)[]

export interface Place {
  parameter: Parameter
  path: Path
  type: GraphQLInputType
}

/** `rules.0.effect` is a place within the parameter `rules`; `tenant` is `tenant-id`, `filter.search` is `search`. */
export function placeOf(command: Command, flag: string): Place | null {
  const whole = (parameter: Parameter): string => parameter.path.map(kebab).join('.')
  const spelled = [(p: Parameter) => p.flag, whole, (p: Parameter) => p.flag.replace(/-ids?$/, '')]
  for (const spell of spelled) {
    const parameter = command.parameters.find((each) => spell(each) === flag)
    if (parameter) return { parameter, path: parameter.path, type: parameter.type }
  }
  const argument = wholeArgument(command, flag)
  if (argument) return argument
  const parameter = command.parameters.find((each) => flag.startsWith(`${each.flag}.`))
  return parameter ? within(parameter, flag.slice(parameter.flag.length + 1).split('.')) : null
}

/** `--filter JSON`. */
function wholeArgument(command: Command, flag: string): Place | null {
  const argument = command.field.args.find(
    ({ name, type }) => kebab(name) === flag && isInputObjectType(getNullableType(type)),
  )
  if (!argument) return null
  const { name, type } = argument
  const parameter = { flag, path: [name], type, description: '', required: false, default: undefined, secret: false }
  return { parameter, path: parameter.path, type }
}

/** More items than anybody writes by hand; holes in between are refused by the types. */
const maxIndex = 999

function within(parameter: Parameter, segments: string[]): Place | null {
  let type: GraphQLInputType = parameter.type
  const path: Path = [...parameter.path]
  for (const segment of segments) {
    const nullable: GraphQLInputType = getNullableType(type)
    if (isListType(nullable) && /^\d{1,3}$/.test(segment) && Number(segment) <= maxIndex) {
      path.push(Number(segment))
      type = nullable.ofType
    } else if (isInputObjectType(nullable)) {
      const field = Object.values(nullable.getFields()).find(({ name }) => kebab(name) === segment)
      if (!field) return null
      path.push(field.name)
      type = field.type
    } else return null
  }
  return { parameter, path, type }
}

const itemType = (type: GraphQLInputType): GraphQLInputType | null => {
  const nullable = getNullableType(type)
  return isListType(nullable) ? (nullable.ofType as GraphQLInputType) : null
}

export const isBoolean = (type: GraphQLInputType): boolean => !itemType(type) && getNamedType(type).name === 'Boolean'

export class Variables {
  readonly values: Record<string, unknown> = {}
  private readonly fresh = new Set<string>()

  constructor(private readonly command: Command) {}

  /** JSON of --input: of the argument `input`, where there is one, else of all arguments. */
  base(value: unknown): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw usageFailure('--input: no JSON object')
    const hasInput = this.command.field.args.some(({ name }) => name === 'input')
    Object.assign(this.values, hasInput && !('input' in value) ? { input: value } : value)
  }

  set({ path, type }: Place, text: string, flag: string): void {
    const item = itemType(type)
    if (!item) return this.put(path, valueOf(type, text, flag))
    const key = path.join('.')
    // The first flag replaces what the file says, the next ones add to it.
    const before = this.fresh.has(key) ? (this.at(path) as unknown[]) : []
    this.fresh.add(key)
    const value = valueOf(item, text, flag)
    this.put(path, [...before, ...(Array.isArray(value) ? value : [value])])
  }

  put(path: Path, value: unknown): void {
    let holder: Record<string | number, unknown> = this.values
    path.slice(0, -1).forEach((segment, index) => {
      const next = holder[segment]
      if (typeof next !== 'object' || next === null) holder[segment] = typeof path[index + 1] === 'number' ? [] : {}
      holder = holder[segment] as Record<string | number, unknown>
    })
    holder[path.at(-1)!] = value
  }

  at(path: Path): unknown {
    return path.reduce<unknown>(
      (holder, segment) => (holder as Record<string, unknown> | undefined)?.[segment],
      this.values,
    )
  }

  /** What was given is of its type; what was not may come still. */
  checkGiven(): void {
    const complaints = this.complaints().filter((complaint) => !complaint.includes('was not provided'))
    if (complaints.length > 0) throw usageFailure(complaints.join('\n'))
  }

  /** All of it, as the request takes it. */
  checked(): Record<string, unknown> {
    const complaints = this.complaints()
    if (complaints.length > 0) throw usageFailure(complaints.join('\n'))
    return this.values
  }

  private complaints(): string[] {
    const complaints: string[] = []
    for (const { name, type } of this.command.field.args) {
      const nullable = getNullableType(type)
      // An input that must be there may be empty.
      if (this.values[name] === undefined && nullable !== type && isInputObjectType(nullable) && !isOrder(nullable)) {
        this.values[name] = {}
      }
      if (this.values[name] === undefined) continue
      coerceInputValue(this.values[name], type, (path, _, error) => {
        complaints.push(`${this.flagOf([name, ...path])}: ${error.message.replace(/^.*?; /, '')}`)
      })
    }
    const known = new Set(this.command.field.args.map(({ name }) => name))
    for (const name of Object.keys(this.values)) if (!known.has(name)) complaints.push(`--input: no argument ${name}`)
    return complaints
  }

  missing(): Parameter[] {
    return this.command.parameters.filter(
      (parameter) => parameter.required && this.at(parameter.path) === undefined && parameter.default === undefined,
    )
  }

  private flagOf(path: readonly (string | number)[]): string {
    const whole = path.join('.')
    const parameter = this.command.parameters.find(
      (each) => whole === each.path.join('.') || whole.startsWith(`${each.path.join('.')}.`),
    )
    return parameter ? `--${[parameter.flag, ...path.slice(parameter.path.length)].join('.')}` : whole
  }
}
