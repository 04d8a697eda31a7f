/**
 * The field Authentication-Results (RFC 8601): ours as text, and those of others that say they were ours. Whatever comes from a
 * stranger is put in quotes unless it is plain, and is never more than one line.
 */
import { maxMailChecks, normalizeDomain, type EffectivePolicy, type MailCheck } from '@mailfleet/schema'
import { fieldText, type HeaderField } from '../message/header-section.js'
import { FieldScanner } from '../message/structured-field.js'
import type { Authentication } from './authenticate-message.js'

/** Section 5: one that has our name was not written by us. What cannot be read might be read by others. */
export function isForged(field: HeaderField, hostName: string): boolean {
  if (field.name !== 'authentication-results') return false
  const scanner = new FieldScanner(fieldText(field))
  scanner.skipSpace()
  const given = scanner.next === '"' ? scanner.quotedString() : scanner.until('; \t\r\n(')
  if (given.trim() === '') return true
  return normalizeDomain(given.replace(/\.$/, '')) === normalizeDomain(hostName)
}

/** Each result with its properties: what the field says, and in short what the log says. */
export function resultTexts({ iprev, spf, signatures, arc, dmarc }: Authentication): string[] {
  const property = (name: string, text: string | null): string =>
    text === null || text === '' ? '' : ` ${name}=${value(text)}`
  const reason = (text: string | null): string => (text === null ? '' : ` reason=${quoted(text)}`)
  return [
    `iprev=${iprev.result}${property('policy.iprev', iprev.ip)}${iprev.name === null ? '' : ` (${comment(iprev.name)})`}`,
    `spf=${spf.result}${property(`smtp.${spf.identity}`, spf.domain)}`,
    ...(signatures.length === 0 ? ['dkim=none'] : []),
    ...signatures.map(
      (one) =>
        `dkim=${one.result}${reason(one.result === 'pass' ? null : one.reason)}${property('header.d', one.domain)}` +
        `${property('header.s', one.selector)}${property('header.a', one.algorithm)}${property('header.b', one.signature)}`,
    ),
    `arc=${arc.result}${reason(arc.reason)}`,
    ...dmarc.map(
      (one) =>
        `dmarc=${one.result}${property('header.from', one.domain)}` +
        property('policy.published-domain-policy', one.policy),
    ),
  ]
}

/** The same for the log, one check each; DMARC with the policy that says what becomes of it. */
export function mailChecks(
  { iprev, spf, signatures, arc, dmarc }: Authentication,
  policy: EffectivePolicy<'DMARC'> | null,
): MailCheck[] {
  const check = (name: string, result: string, detail: string | null): MailCheck => ({
    name,
    result: result.slice(0, 64),
    detail: detail === null || detail === '' ? null : plain(detail).slice(0, 200),
  })
  const by = policy && {
    policyKind: 'DMARC',
    policyId: policy.origin?.policyId ?? null,
    policyRevision: policy.origin?.revision ?? null,
  }
  return [
    check('IPREV', iprev.result, iprev.name),
    check('SPF', spf.result, spf.domain),
    ...dmarc.map((one) => ({ ...check('DMARC', one.result, `${one.domain} p=${one.policy ?? 'none'}`), ...by })),
    check('ARC', arc.result, arc.reason),
    ...signatures.map((one) => check('DKIM', one.result, one.domain)),
  ].slice(0, maxMailChecks)
}

export const authenticationResults = (authentication: Authentication, hostName: string): Buffer =>
  Buffer.from(`Authentication-Results: ${[hostName, ...resultTexts(authentication)].join(';\r\n\t')}\r\n`)

const maxValue = 255
const plain = (text: string): string => text.slice(0, maxValue).replace(/[^\x20-\x7e]/g, '?')
const value = (text: string): string => (/^[\w.@+/:-]+$/.test(text) && text.length <= maxValue ? text : quoted(text))
const quoted = (text: string): string => `"${plain(text).replace(/["\\]/g, '\\$&')}"`
const comment = (text: string): string => plain(text).replace(/[()\\]/g, '?')
