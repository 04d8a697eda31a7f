/**
 * What a command takes, from the arguments of its field: the fields of an input object are flags of their own, nested ones
 * with dots. Each flag names one place in the variables of the request.
 */
import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql'
import { kebab } from './names.js'

export interface Parameter {
  flag: string
  /** From the arguments of the field: `['input', 'tenantId']`. */
  path: string[]
  type: GraphQLInputType
  description: string
  required: boolean
  default: unknown
  /** Never taken from the command line, which others on the machine can read. */
  secret: boolean
}

/** Options of every command: a parameter of the same name is reached by its whole path. */
export const reservedFlags = new Set([
  'after',
  'all',
  'allow-http',
  'before',
  'clear',
  'fields',
  'first',
  'help',
  'idempotency-key',
  'input',
  'last',
  'limit',
  'no-color',
  'output',
  'profile',
  'timeout',
  'url',
  'utc',
])

export const pagingArguments = new Set(['first', 'after', 'last', 'before'])
const maxNesting = 3

export function parametersOf(field: GraphQLField<unknown, unknown>): Parameter[] {
  const found: Parameter[] = []
  const taken = new Set(reservedFlags)
  const add = (parameter: Omit<Parameter, 'flag'>, names: string[]) => {
    const short = names.map(kebab).join('.')
    const flag = taken.has(short) ? parameter.path.map(kebab).join('.') : short
    taken.add(flag)
    found.push({ ...parameter, flag })
  }
  const walk = (type: GraphQLInputObjectType, path: string[], names: string[], required: boolean) => {
    for (const inner of Object.values(type.getFields())) {
      const here = [...path, inner.name]
      const parameter = {
        path: here,
        type: inner.type,
        description: inner.description ?? '',
        required: required && isRequiredInputField(inner),
        default: inner.defaultValue,
        secret: isSecret(inner.name, inner.type),
      }
      const nested = getNullableType(inner.type)
      if (isInputObjectType(nested) && !isOrder(nested) && here.length < maxNesting) {
        walk(nested, here, [...names, inner.name], parameter.required)
      } else add(parameter, [...names, inner.name])
    }
  }
  for (const argument of field.args) {
    if (pagingArguments.has(argument.name)) continue
    const type = getNullableType(argument.type)
    if (isInputObjectType(type) && !isOrder(type)) walk(type, [argument.name], [], isRequiredArgument(argument))
    else {
      const { name, description, defaultValue } = argument
      const required = isRequiredArgument(argument)
      const secret = isSecret(name, argument.type)
      add(
        { path: [name], type: argument.type, description: description ?? '', required, default: defaultValue, secret },
        [name],
      )
    }
  }
  return found
}

/** `orderBy`: one flag, `--order-by NAME:DESC`. */
export const isOrder = (type: GraphQLInputType): type is GraphQLInputObjectType =>
  isInputObjectType(type) && Object.keys(type.getFields()).sort().join() === 'direction,field'

function isSecret(name: string, type: GraphQLInputType): boolean {
  if (isListType(getNullableType(type)) || getNamedType(type).name !== 'String') return false
  return /(password|secret|passphrase|privateKey|recoveryCode|token)$/i.test(name) || name === 'code'
}
