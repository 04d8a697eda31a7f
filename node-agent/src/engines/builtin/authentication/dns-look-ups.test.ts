import { afterAll, beforeAll, expect, test } from 'vitest'
import { Resolver } from 'node:dns/promises'
import { startDnsServer, type DnsServer } from '../../../../../tests/support/dns-server.js'
import { BoundedLookUps, NoAnswerError } from './dns-look-ups.js'

let server: DnsServer
let resolver: Resolver
beforeAll(async () => {
  server = await startDnsServer({
    'a.test TXT': [['v=spf1 ', '-all']],
    'a.test MX': [
      { preference: 20, exchange: 'second.test' },
      { preference: 10, exchange: 'first.test' },
    ],
    'silent.test TXT': 'SILENCE',
    'broken.test TXT': 'SERVFAIL',
  })
  resolver = new Resolver({ timeout: 2_000, tries: 1 })
  resolver.setServers([server.address])
})
afterAll(() => server?.close())
const lookUps = (signal = new AbortController().signal) => new BoundedLookUps(resolver, signal)

test('a question is asked once, whatever the case', async () => {
  const dns = lookUps()
  const before = server.asked.length
  expect(await Promise.all([dns.txt('a.test'), dns.txt('A.test')])).toEqual([['v=spf1 -all'], ['v=spf1 -all']])
  expect(server.asked.length - before).toBe(1)
  expect(await dns.mx('a.test')).toEqual(['first.test', 'second.test'])
})

test.each(['nowhere.test', `${'a'.repeat(64)}.test`, 'a..test', '', 'sp ace.test', `${'a.'.repeat(130)}test`])(
  '%j has no record',
  async (name) => expect(await lookUps().txt(name)).toEqual([]),
)

test('no answer is not "no record"', async () => {
  await expect(lookUps().txt('broken.test')).rejects.toBeInstanceOf(NoAnswerError)
  const over = new AbortController()
  const answer = lookUps(over.signal).txt('silent.test')
  over.abort()
  await expect(answer).rejects.toBeInstanceOf(NoAnswerError)
  await expect(lookUps(over.signal).txt('a.test')).rejects.toBeInstanceOf(NoAnswerError)
})

test('a message asks so much and no more', async () => {
  const dns = lookUps()
  const names = Array.from({ length: 100 }, (_, index) => `n${index}.test`)
  const outcomes = await Promise.allSettled(names.map((name) => dns.txt(name)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(80)
})
