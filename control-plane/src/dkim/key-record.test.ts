import { describe, expect, test } from 'vitest'
import type { Lookup } from '../platform/dns/index.js'
import { generateKey, importKey } from './key-pair.js'
import { recordStatus, recordValue } from './key-record.js'

const rsa = await generateKey('RSA_SHA256')
const ed25519 = await generateKey('ED25519_SHA256')
const found = (...records: string[]): Lookup<string> => ({ outcome: 'FOUND', records })

describe('a record', () => {
  test('of what is made here has the form of RFC 6376 and RFC 8463', () => {
    expect(recordValue({ ...rsa, state: 'PUBLISHED' })).toMatch(
      /^v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A[\w+/]+QAB$/,
    )
    expect(recordValue({ ...ed25519, state: 'SIGNING' })).toMatch(/^v=DKIM1; k=ed25519; p=[\w+/]{43}=$/)
    expect(recordValue({ ...rsa, state: 'REVOKED' })).toBe('v=DKIM1; k=rsa; p=')
    expect(recordStatus(found(recordValue({ ...rsa, state: 'PUBLISHED' })), rsa)).toBe('FOUND')
  })

  test.each([
    ['without v and k', `p=${rsa.publicKey}`, 'FOUND'],
    [
      'with spaces, a note and in testing',
      `v=DKIM1;n=ours; t=y;k = rsa;p= ${rsa.publicKey.slice(0, 90)} ${rsa.publicKey.slice(90)};`,
      'FOUND',
    ],
    ['for e-mail and SHA-256 among others', `h=sha1:sha256; s=email; p=${rsa.publicKey}`, 'FOUND'],
    ['of another key', `v=DKIM1; p=${ed25519.publicKey}`, 'WRONG'],
    ['of another algorithm', `v=DKIM1; k=ed25519; p=${rsa.publicKey}`, 'WRONG'],
    ['for SHA-1 alone', `v=DKIM1; h=sha1; p=${rsa.publicKey}`, 'WRONG'],
    ['for other services', `v=DKIM1; s=tlsrpt; p=${rsa.publicKey}`, 'WRONG'],
    ['of another version', `v=DKIM2; p=${rsa.publicKey}`, 'WRONG'],
    ['cut short', `v=DKIM1; k=rsa; p=${rsa.publicKey.slice(0, 255)}`, 'WRONG'],
    ['that is revoked', 'v=DKIM1; k=rsa; p=', 'MISSING'],
    ['of something else', 'v=spf1 -all', 'MISSING'],
  ])('%s', (_name, record, status) => {
    expect(recordStatus(found(record), rsa)).toBe(status)
  })

  test('that is not the only one may be passed over by verifiers', () => {
    expect(recordStatus(found(`p=${rsa.publicKey}`, `k=ed25519; p=${ed25519.publicKey}`), rsa)).toBe('WRONG')
    expect(recordStatus(found(`p=${rsa.publicKey}`, 'v=spf1 -all'), rsa)).toBe('FOUND')
  })

  test('nobody answers for is not missing', () => {
    expect(recordStatus({ outcome: 'FAILED', failure: 'TIMEOUT' }, rsa)).toBe('UNANSWERED')
    expect(recordStatus({ outcome: 'NO_SUCH_NAME' }, rsa)).toBe('MISSING')
  })
})

test.each([
  ['nothing', ''],
  ['text', 'hello'],
  ['half a key', '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----'],
  ['very much', 'x'.repeat(100_000)],
])('%s is no key to bring along', (_name, pem) => {
  expect(importKey(pem)).toHaveProperty('fault')
})
