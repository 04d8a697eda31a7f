/** Everything in the API says what it is: types, fields, arguments, fields of inputs, values of enums; none by its own name alone. */
import 'reflect-metadata'
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql'
import { expect, test } from 'vitest'
import { contracts } from '../contracts.js'

const described = [...descriptions()]

function* descriptions(): Generator<[name: string, description: string]> {
  for (const type of Object.values(contracts['admin.graphql']!().getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    yield [type.name, type.description ?? '']
    if (isEnumType(type)) {
      for (const { name, description } of type.getValues()) yield [`${type.name}.${name}`, description ?? '']
    }
    if (isInputObjectType(type)) {
      for (const { name, description } of Object.values(type.getFields())) {
        yield [`${type.name}.${name}`, description ?? '']
      }
    }
    if (!isObjectType(type) && !isInterfaceType(type)) continue
    for (const { name, description, args } of Object.values(type.getFields())) {
      yield [`${type.name}.${name}`, description ?? '']
      for (const argument of args) yield [`${type.name}.${name}(${argument.name})`, argument.description ?? '']
    }
  }
}

test('all of it has a description', () => {
  expect(described.length).toBeGreaterThan(2_500)
  expect(described.filter(([, text]) => text.trim() === '').map(([name]) => name)).toEqual([])
})

const empty = new Set(['a', 'an', 'the', 'of', 'its', 'their', 'is', 'this'])
const wordsOf = (text: string): string[] =>
  text
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '' && !empty.has(word))

test('none says its name again and no more', () => {
  const idle = described.filter(([name, text]) => {
    // Its texts are those of the catalogue, to which docs/api-errors.md is held.
    if (name.startsWith('ErrorCode.')) return false
    const known = new Set(wordsOf(name))
    return wordsOf(text).every((word) => known.has(word))
  })
  expect(idle.map(([name, text]) => `${name}: ${text}`)).toEqual([])
})
