/**
 * Single sign-on: OpenID Connect's authorization code flow with PKCE (RFC 7636), state and nonce. Each source has a redirect URI of
 * its own and, where the issuer sends it, `iss` is looked at (RFC 9207), so that no issuer is given another one's code.
 *
 * What went wrong on the way is logged; who comes back is told that it did not succeed.
 */
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
} from 'openid-client'
import { normalizeAddress } from '@mailfleet/schema'
import type { AdminContext } from '../../access/index.js'
import { ExpectedError, notFound } from '../../platform/errors.js'
import { isGiven } from '../../platform/is-given.js'
import {
  afterFirstFactor,
  relyingParty,
  requireHttp,
  type FactorStep,
  type SignInSettings,
} from '../../sign-in/index.js'
import { activeSource, lockedSource } from '../active-source.js'
import { admit } from '../admit.js'
import { IdentitySource, secretPurpose, type SourceOf } from '../identity-source.entity.js'
import { arrivingOf, showsTwoFactors, type Claims } from './claims.js'
import type { Issuers } from './issuer.js'
import { browserSecret, keepFlow, provideBrowserSecret, takeFlow } from './sign-on-flow.js'

export interface SignOn {
  settings: SignInSettings
  issuers: Issuers
}

export const redirectPath = (sourceId: string): string => `/sign-in/organisation/${sourceId}`
const maxReturn = 8_192

async function configurationOf(
  context: AdminContext,
  { issuers }: SignOn,
  source: SourceOf<'OIDC'>,
): Promise<Configuration> {
  const [row] = await context.system.query<{ sealed: Buffer | null }>(
    'SELECT sealed_secret AS sealed FROM identity_source WHERE id = $1',
    [source.id],
  )
  const secret = row?.sealed ? await context.secrets.openText(row.sealed, secretPurpose(source.id)) : null
  return issuers.configurationOf(source, secret)
}

/** Of the e-mail address nothing is asked but to which source its domain leads: nobody learns whether anybody has it. */
export async function beginSingleSignOn(
  context: AdminContext,
  signOn: SignOn,
  { email, identitySourceId }: { email?: string | null; identitySourceId?: string | null },
): Promise<string> {
  const { request, response } = requireHttp(context)
  await signOn.settings.limits.takeChallenge(context.origin.ip)
  const address = isGiven(email) ? normalizeAddress(email.trim()) : null
  const domain = address?.slice(address.lastIndexOf('@') + 1)
  const by = isGiven(identitySourceId) ? { id: identitySourceId } : domain ? { emailDomain: domain } : null
  const source = by && (await activeSource(context.system, 'OIDC', by))
  if (!source) throw notFound([isGiven(identitySourceId) ? 'identitySourceId' : 'email'])
  const { origin } = relyingParty(request, signOn.settings.publicUrl)
  const redirectUri = `${origin}${redirectPath(source.id)}`
  const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()]
  const url = await orFail(context, source, async () => {
    const configuration = await configurationOf(context, signOn, source)
    return buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: source.settings.scopes.join(' '),
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(source.settings.trustedAcr.length > 0 && { acr_values: source.settings.trustedAcr.join(' ') }),
      ...(address && { login_hint: address }),
    })
  })
  await keepFlow(context, provideBrowserSecret(request, response, signOn.settings.reached), state, {
    sourceId: source.id,
    nonce,
    verifier,
    redirectUri,
  })
  return visitable(url)
}

/** Null: signed in. */
export async function finishSingleSignOn(
  context: AdminContext,
  signOn: SignOn,
  { url }: { url: string },
): Promise<FactorStep | null> {
  const { request } = requireHttp(context)
  await signOn.settings.limits.takeChallenge(context.origin.ip)
  const browser = browserSecret(request, signOn.settings.reached)
  const returned = url.length <= maxReturn && URL.canParse(url) ? new URL(url) : null
  const state = returned?.searchParams.get('state')
  const flow = browser && state ? await takeFlow(context, browser, state) : null
  if (!flow || !returned || returned.origin + returned.pathname !== flow.redirectUri)
    throw new ExpectedError('STEP_ENDED')
  const source = await activeSource(context.system, 'OIDC', { id: flow.sourceId })
  if (!source) throw new ExpectedError('STEP_ENDED')
  const claims = await orFail(context, source, async () => {
    const configuration = await configurationOf(context, signOn, source)
    const tokens = await authorizationCodeGrant(configuration, returned, {
      expectedState: state!,
      expectedNonce: flow.nonce,
      pkceCodeVerifier: flow.verifier,
      idTokenExpected: true,
    })
    return claimsOf(configuration, tokens.claims()!, tokens.access_token, source)
  })
  const outcome = await context.system.transaction(async (manager) => {
    const current = await lockedSource(manager, source)
    const administratorId = current && (await admit(context, manager, current, arrivingOf(claims, current.settings)))
    if (!administratorId) return null
    const secondFactor = showsTwoFactors(claims, source.settings)
    return afterFirstFactor(context, signOn.settings, manager, { administratorId, method: 'OIDC', secondFactor })
  })
  if (!outcome) {
    context.logger.warn({ source: source.id, subject: claims.sub }, 'single sign-on of somebody who is not let in')
    throw new ExpectedError('IDENTITY_SOURCE_FAILED')
  }
  return outcome()
}

/** Many issuers put what people are called at the userinfo endpoint only; `sub` is compared there again. */
async function claimsOf(
  configuration: Configuration,
  idToken: Claims,
  accessToken: string,
  { settings }: SourceOf<'OIDC'>,
): Promise<Claims> {
  const isWhole =
    idToken.email !== undefined && (settings.groupsClaim === null || idToken[settings.groupsClaim] !== undefined)
  if (isWhole || !configuration.serverMetadata().userinfo_endpoint) return idToken
  const more = await fetchUserInfo(configuration, accessToken, idToken.sub)
  return { ...more, ...idToken } as Claims
}

/** Where the session that the issuer has is ended, too; null where it offers nothing, or ours began otherwise. */
export async function signOutUrl(context: AdminContext, signOn: SignOn): Promise<string | null> {
  const { viewer } = context
  if (viewer?.credential.kind !== 'session') return null
  const [row] = await context.system.query<{ id: string }>(
    `SELECT administrator.identity_source_id AS id FROM session JOIN administrator ON administrator.id = session.administrator_id
     WHERE session.id = $1 AND session.method = 'OIDC'`,
    [viewer.credential.id],
  )
  const source = row?.id ? await activeSource(context.system, 'OIDC', { id: row.id }) : null
  if (!source) return null
  try {
    const configuration = await configurationOf(context, signOn, source)
    if (!configuration.serverMetadata().end_session_endpoint) return null
    const { origin } = relyingParty(requireHttp(context).request, signOn.settings.publicUrl)
    return visitable(buildEndSessionUrl(configuration, { post_logout_redirect_uri: `${origin}/sign-in` }))
  } catch (error) {
    context.logger.warn({ error, source: source.id }, 'an issuer does not say where to sign out')
    return null
  }
}

/** A browser is sent there: what an issuer calls its endpoint may be a script. */
function visitable(url: URL): string {
  if (!['https:', 'http:'].includes(url.protocol)) throw new ExpectedError('IDENTITY_SOURCE_FAILED')
  return url.href
}

async function orFail<T>(context: AdminContext, source: IdentitySource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    context.logger.warn({ error, source: source.id }, 'single sign-on failed')
    throw new ExpectedError('IDENTITY_SOURCE_FAILED')
  }
}
