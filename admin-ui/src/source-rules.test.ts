/** What every file of the console keeps to. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => ({ name, text: readFileSync(join(import.meta.dirname, name), 'utf8') }))

const breaking = (rule: (file: { name: string; text: string }) => boolean) => files.filter(rule).map(({ name }) => name)

describe('the sources', () => {
  test('are there to be looked at', () => expect(files.length).toBeGreaterThan(80))

  test('never turn text into HTML: names and subjects come from strangers', () =>
    expect(
      breaking(
        ({ name, text }) => !name.endsWith('.test.ts') && /v-html|innerHTML|outerHTML|insertAdjacentHTML/.test(text),
      ),
    ).toEqual([]))

  test('have no inline style, which the content security policy refuses', () =>
    expect(breaking(({ name, text }) => name.endsWith('.vue') && /<style|\sstyle="/.test(text))).toEqual([]))

  test('keep GraphQL documents out of components', () =>
    expect(breaking(({ name, text }) => name.endsWith('.vue') && /\bgraphql\(/.test(text))).toEqual([]))

  test('keep words out of templates', () =>
    expect(
      breaking(({ name, text }) => {
        const template = /<template>([\s\S]*)<\/template>/.exec(text)?.[1] ?? ''
        const words = template
          .replace(/<!--[\s\S]*?-->/g, '')
          .replace(/\{\{[\s\S]*?\}\}/g, '')
          .replace(/"[^"]*"/g, '""')
          .match(/>\s*[A-Za-z]{3,}[^<>{}]*</g)
        return name.endsWith('.vue') && (words ?? []).some((word) => !/^>\s*Mailfleet\s*<$/.test(word))
      }),
    ).toEqual([]))

  test('are short', () => expect(breaking(({ text }) => text.split('\n').length > 300)).toEqual([]))
})
