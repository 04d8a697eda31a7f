import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createAuthority } from '../test-support/authority.js'
import { daneFault, isUsable, matches } from './tlsa.js'
import type { TlsaRecord } from './tlsa.js'

const authority = await createAuthority('Authority')
const chainOf = (pem: string): X509Certificate[] =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)!.map((one) => new X509Certificate(one))
const chain = chainOf((await authority.issue(['mx.b.test'])).cert)
const stranger = chainOf((await (await createAuthority('Authority')).issue(['mx.b.test'])).cert)

/** As RFC 6698 section 2.1 puts it. */
function recordOf(certificate: X509Certificate, usage: number, selector: number, matchingType: number): TlsaRecord {
  const selected = selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' })
  const hashed =
    matchingType === 0
      ? selected
      : createHash(matchingType === 1 ? 'sha256' : 'sha512')
          .update(selected)
          .digest()
  return { usage, selector, matchingType, certificate: hashed }
}

const forms = fc.record({
  usage: fc.constantFrom(2, 3),
  selector: fc.constantFrom(0, 1),
  matchingType: fc.constantFrom(0, 1, 2),
})

it('accepts what a record names in every form, beside any others, and nobody else', () => {
  fc.assert(
    fc.property(forms, fc.array(forms, { maxLength: 3 }), ({ usage, selector, matchingType }, others) => {
      const named = recordOf(chain[usage === 2 ? 1 : 0]!, usage, selector, matchingType)
      const noise = others.map((form) => ({ ...form, matchingType: 1, certificate: randomBytes(32) }))
      const identity = { records: [...noise, named], names: ['mx.b.test'] }
      expect(isUsable(named)).toBe(true)
      expect(daneFault(identity, chain, new Date())).toBeNull()
      expect(daneFault(identity, stranger, new Date())).not.toBeNull()
      expect(
        daneFault(
          { ...identity, records: noise.length > 0 ? noise : [{ ...named, certificate: randomBytes(32) }] },
          chain,
          new Date(),
        ),
      ).not.toBeNull()
    }),
    { numRuns: 60 },
  )
})

it('finds an anchor that stands in DNS as a whole and was not sent, and asks that it be signed by it', () => {
  const whole = [recordOf(chain[1]!, 2, 0, 0)]
  expect(daneFault({ records: whole, names: ['mx.b.test'] }, [chain[0]!], new Date())).toBeNull()
  expect(daneFault({ records: whole, names: ['mx.b.test'] }, [stranger[0]!], new Date())).toBe(
    'certificate-not-trusted',
  )
  // The anchor's own certificate, sent along, proves nothing for a leaf that it did not sign.
  expect(daneFault({ records: whole, names: ['mx.b.test'] }, [stranger[0]!, chain[1]!], new Date())).not.toBeNull()
})

it.each<[Partial<TlsaRecord>, boolean]>([
  [{}, true],
  [{ usage: 0 }, false],
  [{ usage: 1 }, false],
  [{ usage: 255 }, false],
  [{ selector: 2 }, false],
  [{ matchingType: 3 }, false],
  [{ certificate: Buffer.alloc(31) }, false],
  [{ matchingType: 2 }, false],
  [{ matchingType: 0, certificate: Buffer.alloc(0) }, false],
])('%j is usable: %s', (part, usable) =>
  expect(isUsable({ usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32), ...part })).toBe(usable),
)

it('reads whatever octets come without failing', () => {
  const records = fc.record({
    usage: fc.nat(255),
    selector: fc.nat(255),
    matchingType: fc.nat(255),
    certificate: fc.uint8Array({ maxLength: 70 }).map((octets) => Buffer.from(octets)),
  })
  fc.assert(
    fc.property(records, (record) => {
      if (isUsable(record)) expect(matches(record, chain[0]!)).toBe(false)
      expect(daneFault({ records: [record], names: [] }, chain, new Date())).not.toBeNull()
    }),
  )
})
