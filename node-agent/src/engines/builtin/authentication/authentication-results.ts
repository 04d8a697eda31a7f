/**
 * The field Authentication-Results (RFC 8601): ours as text, and those of others that say they were ours. Whatever comes from a
 * stranger is put in quotes unless it is plain, and is never more than one line.
 */
import { normalizeDomain } from '@mailfleet/schema'
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

export const authenticationResults = (authentication: Authentication, hostName: string): Buffer =>
  Buffer.from(`Authentication-Results: ${[hostName, ...resultTexts(authentication)].join(';\r\n\t')}\r\n`)

const maxValue = 255
const plain = (text: string): string => text.slice(0, maxValue).replace(/[^\x20-\x7e]/g, '?')
const value = (text: string): string => (/^[\w.@+/:-]+$/.test(text) && text.length <= maxValue ? text : quoted(text))
const quoted = (text: string): string => `"${plain(text).replace(/["\\]/g, '\\$&')}"`
const comment = (text: string): string => plain(text).replace(/[()\\]/g, '?')
