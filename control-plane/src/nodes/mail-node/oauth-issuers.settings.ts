/** Checks of the issuers of access tokens that people set for a node. The rules are those of the config resource; here they name the field. */
import { normalizeDomain, oauthIssuer } from '@mailfleet/schema'
import { invalidInput } from '../../platform/errors.js'
import type { OauthIssuer } from './mail-node.entity.js'
import type { OauthIssuerInput } from './mail-node.types.js'

const maxIssuers = 20
/** All of them travel in one config entry, which must fit into one frame. */
const maxIssuersBytes = 100_000

export function readIssuers(inputs: OauthIssuerInput[]): OauthIssuer[] {
  if (inputs.length > maxIssuers)
    throw invalidInput(['oauthIssuers'], `There can be at most ${maxIssuers} issuers.`, { max: maxIssuers })
  const issuers = inputs.map((input, index) => readIssuer(input, ['oauthIssuers', String(index)]))
  const seen = new Set<string>()
  issuers.forEach(({ issuer }, index) => {
    if (seen.has(issuer)) throw invalidInput(['oauthIssuers', String(index), 'issuer'], 'This issuer is there already.')
    seen.add(issuer)
  })
  if (JSON.stringify(issuers).length > maxIssuersBytes)
    throw invalidInput(['oauthIssuers'], 'These issuers are too long together.')
  return issuers
}

function readIssuer(input: OauthIssuerInput, path: string[]): OauthIssuer {
  const domains = (input.domains ?? []).map((text, index) => {
    const name = normalizeDomain(text)
    if (name === null) throw invalidInput([...path, 'domains', String(index)], 'This is not a domain.')
    return name
  })
  const checked = oauthIssuer.safeParse({ ...input, keys: input.keys ?? [], domains })
  if (checked.success) {
    const { jwksUrl = null, requiredScope = null, ...rest } = checked.data
    return { ...rest, jwksUrl, requiredScope }
  }
  const [fault] = checked.error.issues
  throw invalidInput([...path, ...fault!.path.map(String)], messageOf(String(fault!.path[0] ?? '')))
}

function messageOf(field: string): string {
  if (field === 'jwksUrl') return 'This is not an https URL.'
  if (field === 'keys') return 'These are not public keys: RSA, EC or OKP, as JWKs, without their private part.'
  return field === '' ? 'An issuer has either a URL for its keys, or keys.' : 'This is empty or too long.'
}
