/** Both languages are complete, nothing in them is unused, every message compiles, and every code of the API has its text. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createI18n } from 'vue-i18n'
import { errorCodes } from '../../../schema/src/error-codes.js'
import { en } from './en/index.ts'
import { vi } from './vi/index.ts'

type Tree = { [key: string]: string | Tree }

function flatten(tree: Tree, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') flat.set(prefix + key, value)
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text)
  }
  return flat
}

const english = flatten(en)
const vietnamese = flatten(vi)
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

const src = join(import.meta.dirname, '..')
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(vue|ts)$/.test(file) && !/\.test\.ts$|\.d\.ts$|^i18n[/\\](en|vi)/.test(file))
  .map((file) => readFileSync(join(src, file), 'utf8'))
  .join('\n')

// What useList and useLifecycle put together from the `texts` of a kind of object.
const textsOf = (pattern: RegExp, names: string[]) =>
  [...new Set([...sources.matchAll(pattern)].map((match) => match[1]!))].flatMap((texts) =>
    names.map((name) => `${texts}.${name}`),
  )
const listTexts = (...names: string[]) => textsOf(/\buseList\(\{\s+type: '\w+',\s+texts: '(\w+)'/g, names)
const composed = [
  ...listTexts('title', 'empty', 'emptyText'),
  ...textsOf(/\buseLifecycle(?:<\w+>)?\([^{]*\{\s+type: '\w+',\s+texts: '(\w+)'/g, [
    ...['suspendTitle', 'suspendText', 'suspended', 'resumed', 'deleteTitle', 'deleteText', 'deleted'],
  ]),
]

describe('the locales', () => {
  test('have the same keys with the same placeholders', () => {
    expect([...vietnamese.keys()].sort()).toEqual([...english.keys()].sort())
    for (const [key, text] of english) expect(placeholders(vietnamese.get(key)!), key).toEqual(placeholders(text))
  })

  test('have no empty text, and no English left in Vietnamese', () => {
    // Names of protocols and record fields are the same everywhere.
    const same = new Set(['domains.recordTtl', 'nodes.routeTls', 'log.tls', 'log.helo', 'log.messageId'])
    for (const [key, text] of english) {
      expect(text.trim(), key).not.toBe('')
      if (!same.has(key)) expect(vietnamese.get(key), key).not.toBe(text)
    }
  })

  test('compile', () => {
    for (const [locale, messages] of [
      ['en', en],
      ['vi', vi],
    ] as const) {
      const { global } = createI18n({
        legacy: false,
        locale,
        messages: { [locale]: messages },
        missingWarn: false,
        warnHtmlMessage: false,
      })
      for (const [key, text] of flatten(messages)) {
        const values = Object.fromEntries(placeholders(text).map((name) => [name!, `<${name}>`]))
        const expected = text.replaceAll("{'@'}", '@').replace(/\{(\w+)\}/g, '<$1>')
        expect(global.t(key, values), `${locale} ${key}`).toBe(expected)
      }
    }
  })

  test('hold every key that the sources use', () => {
    const used = [...sources.matchAll(/(?:\bt\(\s*|\b(?:label|any): )'([\w.]+)'/g)]
      .map((match) => match[1]!)
      .concat(composed)
    expect(used.length).toBeGreaterThan(100)
    expect(used.filter((key) => !english.has(key))).toEqual([])
  })

  test('hold nothing that no source uses', () => {
    // `t(`enums.role.${role}`)` uses everything below `enums.role.`.
    const dynamic = [...sources.matchAll(/`([\w.]+\.)\$\{/g)].map((match) => match[1]!)
    const unused = [...english.keys()].filter(
      (key) =>
        !sources.includes(`'${key}'`) &&
        !dynamic.some((prefix) => key.startsWith(prefix)) &&
        ![...composed, ...listTexts('searchLabel', 'create')].includes(key),
    )
    expect(unused).toEqual([])
  })

  test('name every error code', () => {
    for (const code of [...Object.keys(errorCodes), 'NETWORK']) {
      expect(english.has(`errors.${code}`), code).toBe(true)
      expect(vietnamese.has(`errors.${code}`), code).toBe(true)
    }
  })

  test('name every value of the enums that are shown', () => {
    const schema = buildSchema(readFileSync(join(src, '../../schema/admin.graphql'), 'utf8'))
    const shown = [
      'Status',
      'Role',
      'TenantKind',
      'MailNodeState',
      'MailEventType',
      'MailDirection',
      'OutboundTls',
    ].concat([
      'SignInMethod',
      'FactorMethod',
      'JobKind',
      'JobState',
      'JobRowState',
      'WebhookStatus',
      'GrantState',
      'IdentitySourceKind',
      'WebhookDeliveryState',
    ])
    for (const name of shown) {
      const type = schema.getType(name)
      if (!(type instanceof GraphQLEnumType)) throw new TypeError(`${name} is no enum`)
      for (const value of type.getValues()) {
        const key = `enums.${name[0]!.toLowerCase()}${name.slice(1)}.${value.name}`
        expect(english.has(key), key).toBe(true)
      }
    }
  })
})
