/**
 * The DKIM signatures and the ARC chain of a message, by mailauth, with what it leaves open. A signature counts only if it covers
 * From (RFC 6376 section 5.4), if its `i=` is within its `d=` (section 6.1.1), and if it has no `l=`: what can be appended to is not
 * signed (section 8.2). Each signature costs a look-up and a verification: only so many are looked at.
 */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { arc } from 'mailauth/lib/arc/index.js'
import { DkimVerifier, type ParsedHeaders, type SignatureHeader } from 'mailauth/lib/dkim/dkim-verifier.js'
import type { MessageContent } from '../message/message-content.js'
import { NoAnswerError, type DnsLookUps } from './dns-look-ups.js'

export type DkimResult = 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror' | 'permerror'

export interface DkimSignature {
  result: DkimResult
  reason: string | null
  /** A-labels in lower case. */
  domain: string
  selector: string
  algorithm: string
  /** The beginning of `b=`, which tells signatures apart (RFC 6008). */
  signature: string
}

export interface SignatureVerdicts {
  signatures: DkimSignature[]
  arc: { result: 'none' | 'pass' | 'fail'; instances: number; reason: string | null }
}

const maxSignatures = 10
/** Of one field, in octets and in tags: mailauth's parsers take the square of either. */
const maxField = 4_096
const maxTags = 60
const maxArcInstances = 50
/** Of `h=`; verifying costs its length times that of the header. */
const maxNames = 500
/** RFC 8301 section 3.2. */
const minBitLength = 1_024

export async function verifySignatures(content: MessageContent, dns: DnsLookUps): Promise<SignatureVerdicts> {
  const resolver = mailauthResolver(dns)
  const verifier = new Verifier({ resolver, minBitLength })
  await pipeline('buffer' in content ? Readable.from([content.buffer]) : createReadStream(content.path), verifier)
  const byMailauth = verifier.results.filter(({ signingDomain }) => signingDomain !== undefined)
  const signatures = byMailauth.map(
    ({ status, signingDomain, selector, algo, signature, signatureTimeValid }): DkimSignature => {
      const result = status.result === 'pass' && signatureTimeValid === false ? 'neutral' : status.result
      return {
        result: result === 'none' ? 'neutral' : result,
        reason:
          status.comment ||
          (status.policy ? 'the key is too short' : result === status.result ? null : 'not valid now'),
        domain: signingDomain!.toLowerCase(),
        selector: selector ?? '',
        algorithm: algo ?? '',
        signature: (signature ?? '').slice(0, 8),
      }
    },
  )
  return { signatures: [...signatures, ...verifier.unfit], arc: await chainOf(verifier, resolver) }
}

async function chainOf(verifier: Verifier, resolver: unknown): Promise<SignatureVerdicts['arc']> {
  if (verifier.arcFault !== null) return { result: 'fail', instances: 0, reason: verifier.arcFault }
  const { status, i } = await arc(verifier.arc, { resolver, minBitLength })
  return { result: status.result, instances: Number(i) || 0, reason: status.comment || null }
}

class Verifier extends DkimVerifier {
  readonly unfit: DkimSignature[] = []
  arcFault: string | null = null

  override async messageHeaders(headers: ParsedHeaders): Promise<void> {
    // Only what is to be verified: of From and others mailauth would make something of its own, at a price.
    const parsed = headers.parsed.filter(({ key }) => key === 'dkim-signature' || key?.startsWith('arc-'))
    const bearable = parsed.filter(isBearable)
    const arcBearable = parsed.every((row) => row.key === 'dkim-signature' || isBearable(row))
    const tooLong = parsed.filter((row) => row.key === 'dkim-signature' && !isBearable(row))
    await super.messageHeaders({
      ...headers,
      parsed: bearable.filter(({ key }) => key === 'dkim-signature' || arcBearable),
    })
    this.headers = headers
    this.unfit.push(...tooLong.slice(0, 1).map(() => unreadable))
    let looked = 0
    for (const header of this.signatureHeaders) {
      if (header.type !== 'DKIM') continue
      const fault = header.skip
        ? 'malformed, or of an unknown algorithm'
        : ++looked > maxSignatures
          ? 'too many signatures'
          : faultOf(header)
      if (fault === null) continue
      header.skip = true
      this.unfit.push({
        result: header.parsed?.l ? 'policy' : 'permerror',
        reason: fault,
        domain: header.signingDomain.toLowerCase(),
        selector: header.selector,
        algorithm: header.algorithm,
        signature: String(header.parsed?.b?.value ?? '').slice(0, 8),
      })
    }
    if (!arcBearable) this.arcFault = 'too long a field'
    else if (Array.isArray(this.arc.chain)) this.arcFault = arcFaultOf(this.arc.chain)
    if (this.arcFault === null) return
    for (const header of this.signatureHeaders) if (header.type !== 'DKIM') header.skip = true
  }
}

const isBearable = ({ line }: ParsedHeaders['parsed'][number]): boolean =>
  line.length <= maxField && line.toString('latin1').split(';', maxTags + 2).length <= maxTags + 1

const unreadable: DkimSignature = {
  result: 'permerror',
  reason: 'too long a field',
  domain: '',
  selector: '',
  algorithm: '',
  signature: '',
}

function faultOf({ parsed, signingDomain }: SignatureHeader): string | null {
  const value = (name: string): string => String(parsed?.[name]?.value ?? '').trim()
  const names = value('h')
    .toLowerCase()
    .split(':')
    .map((name) => name.trim())
  if (value('v') !== '1') return 'of an unknown version'
  if (names.length > maxNames) return 'covers too many fields'
  if (!names.includes('from')) return 'does not cover From'
  if (parsed?.l !== undefined) return 'covers a part of the body only'
  const agent = value('i').toLowerCase()
  const identity = agent.slice(agent.lastIndexOf('@') + 1)
  const domain = signingDomain.toLowerCase()
  if (agent !== '' && identity !== domain && !identity.endsWith(`.${domain}`)) return 'signs for another domain'
  return null
}

/** RFC 8617 section 4.1, RFC 6376 section 3.2: lists of tags that mailauth reads more kindly than other verifiers. */
function arcFaultOf(chain: ArcInstance[]): string | null {
  if (chain.length > maxArcInstances) return 'too long a chain'
  for (const instance of chain) {
    for (const field of ['arc-seal', 'arc-message-signature'] as const) {
      const original = instance[field]?.original.toString('latin1') ?? ''
      if (String(instance[field]?.parsed?.h?.value ?? '').split(':').length > maxNames) return 'covers too many fields'
      if (!isTagList(original.slice(original.indexOf(':') + 1))) return `a malformed ${field} field`
    }
  }
  return null
}

/** Names are told apart by case (section 3.2), none is there twice, and only the last may be empty. */
function isTagList(text: string): boolean {
  const tags = text.split(';')
  if (tags.at(-1)?.trim() === '') tags.pop()
  const names = tags.map((tag) => /^\s*([a-z][a-z0-9_]*)\s*=/.exec(tag)?.[1])
  return !names.includes(undefined) && new Set(names).size === names.length
}

type ArcInstance = Record<string, SignatureHeader | undefined>

/** As `dns.promises.resolve` is asked. */
function mailauthResolver(dns: DnsLookUps) {
  return async (name: string, type: string): Promise<string[][]> => {
    if (type !== 'TXT') throw new NoAnswerError(`${type} is not asked for here`)
    const records = await dns.txt(name)
    if (records.length === 0) throw Object.assign(new Error('no record'), { code: 'ENODATA' })
    return records.map((record) => [record])
  }
}
