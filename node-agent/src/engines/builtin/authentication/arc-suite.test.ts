/** ValiMail's suite of ARC validation (RFC 8617), from the folder that MAILFLEET_SUITES names: `arc-draft-validation-tests.yml`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { verifySignatures } from './dkim-signatures.js'
import type { DnsLookUps } from './dns-look-ups.js'

interface Scenario {
  description: string
  tests: Record<string, { message: string; cv: string }>
  'txt-records': Record<string, string>
}

const folder = process.env.MAILFLEET_SUITES
if (!folder)
  console.warn('the ARC suite is skipped: MAILFLEET_SUITES names no folder with arc-draft-validation-tests.yml')
const scenarios = folder
  ? parseAllDocuments(readFileSync(join(folder, 'arc-draft-validation-tests.yml'), 'utf8'), { uniqueKeys: false }).map(
      (document) => document.toJS() as Scenario,
    )
  : []

describe.skipIf(!folder)('ARC', () => {
  test('has its suite', () => expect(scenarios.length).toBeGreaterThan(0))
})

describe.each(scenarios)('ARC: $description', ({ tests, 'txt-records': records }) => {
  test.each(Object.entries(tests))('%s', async (_name, { message, cv }) => {
    const none = () => Promise.resolve([])
    const dns: DnsLookUps = {
      a: none,
      aaaa: none,
      mx: none,
      ptr: none,
      txt: async (name) => (records[name] ? [records[name]] : []),
    }
    const buffer = Buffer.from(message.replace(/\r?\n/g, '\r\n'))
    const { arc } = await verifySignatures({ size: buffer.length, buffer }, dns)
    // Where the suite leaves the result open, any but a pass will do.
    if (cv === '') expect(arc.result).not.toBe('pass')
    else expect(arc.result).toBe(cv.toLowerCase())
  })
})
