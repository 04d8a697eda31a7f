/** Who may issue the access tokens that people sign in to their mailboxes with (RFC 7628), as a node is told. */
import { z } from 'zod'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Keys that somebody on the way could exchange would let them sign in as anybody: in the clear from the node's own host alone. */
export function isJwksUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname))
}

/** RFC 7517, RFC 8037: the public half of an asymmetric key. */
export const publicJwk = z
  .looseObject({
    kty: z.enum(['RSA', 'EC', 'OKP']),
    kid: z.string().max(200).optional(),
    alg: z.string().max(20).optional(),
  })
  .refine((key) => !('d' in key) && !('k' in key), 'a private or symmetric key')

export const oauthIssuer = z
  .object({
    /** `iss` of its tokens, octet by octet. */
    issuer: z.string().min(1).max(500),
    /** What must be among `aud`. */
    audience: z.string().min(1).max(200),
    /** Where its keys are (RFC 7517); null: they are in `keys`. */
    jwksUrl: z.string().max(2_000).refine(isJwksUrl, 'neither https nor of this host').nullish(),
    keys: z.array(publicJwk).max(20).default([]),
    /** The claim that holds the address of the mailbox. */
    addressClaim: z.string().min(1).max(100).default('email'),
    /** What must be among the scopes of a token. */
    requiredScope: z.string().min(1).max(200).nullish(),
    /** For whose mailboxes it speaks, as A-labels; none: for all of the node. */
    domains: z.array(z.string().min(1).max(253)).max(1_000).default([]),
  })
  .refine(({ jwksUrl, keys }) => Boolean(jwksUrl) !== keys.length > 0, 'either a JWKS or keys')
export type OauthIssuer = z.infer<typeof oauthIssuer>

export const oauthIssuers = z
  .array(oauthIssuer)
  .max(20)
  .refine((all) => new Set(all.map(({ issuer }) => issuer)).size === all.length, 'an issuer twice')
