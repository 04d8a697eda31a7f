/** Message-IDs of a header, as THREAD compares them (RFC 5256 section 3, REFERENCES). */
import { splitFields } from '../../message/index.js'

/** Of a longer list, the latest ones: they are next to the message. */
const maxReferences = 100
const bracketed = /<([^<>]{1,998})>/g
const quotedLocalPart = /^"((?:[^"\\]|\\.)*)"(?=@)/

export interface MessageIds {
  messageId: string | null
  references: string[]
}

export function readMessageIds(header: Buffer): MessageIds {
  const fields = new Map<string, string[]>()
  for (const { name, octets } of splitFields(header))
    if (wanted.has(name) && !fields.has(name)) fields.set(name, idsIn(octets.toString('latin1')))
  const references = fields.get('REFERENCES') ?? []
  return {
    messageId: fields.get('MESSAGE-ID')?.[0] ?? null,
    // Several In-Reply-To may name messages of different threads: only the first counts.
    references:
      references.length > 0 ? references.slice(-maxReferences) : (fields.get('IN-REPLY-TO') ?? []).slice(0, 1),
  }
}

const wanted = new Set(['MESSAGE-ID', 'REFERENCES', 'IN-REPLY-TO'])

/** Quoted and unquoted forms of one local part are the same. */
const idsIn = (field: string): string[] =>
  [...field.matchAll(bracketed)].map(([, id]) =>
    id!.replace(/\s+/g, '').replace(quotedLocalPart, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')),
  )
