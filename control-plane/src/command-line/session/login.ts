/**
 * Signing in: a session of a moment, with password and second factor, in which an API token of its own is made; only the token
 * is kept. Or a token that somebody has already.
 */
import { hostname } from 'node:os'
import { ApiConnection, type Data, type RequestOptions } from '../api/connection.js'
import { ApiFailure, CommandFailure, exitCodes, usageFailure, type ApiError } from '../failures.js'
import { note, printable, type Terminal } from '../terminal.js'
import { profileName, readProfiles, serverUrl, writeProfiles, type Chosen, type Profile } from './profiles.js'
import { ask, askSecret, readInput, withoutLineEnd } from './secrets.js'

export interface LoginOptions extends Chosen {
  email: string | null
  passwordFromInput: boolean
  tokenFromInput: boolean
  days: number
}

interface Payload extends Data {
  errors: ApiError[]
}

const errorFields = 'errors { code message path params { name value } }'

export async function login(terminal: Terminal, options: LoginOptions, request: RequestOptions): Promise<void> {
  const { env } = terminal
  const file = await readProfiles(env)
  const name = profileName(options, env, file)
  const known = Object.hasOwn(file.profiles, name) ? file.profiles[name] : undefined
  const given = options.url ?? (env.MAILFLEET_URL || known?.url)
  if (!given) throw usageFailure('--url is missing')
  const url = serverUrl(given, options.allowHttp)
  const profile = options.tokenFromInput
    ? await withToken(terminal, url, request)
    : await withPassword(terminal, url, options, request)
  await writeProfiles(env, { current: name, profiles: { ...file.profiles, [name]: profile } })
  note(terminal, `Signed in to ${url} as ${printable(profile.email ?? '')} (profile ${name}).`)
}

async function withToken(terminal: Terminal, url: string, request: RequestOptions): Promise<Profile> {
  const token = terminal.stdin.isTTY ? await ask(terminal, 'Token', false) : (await readInput(terminal)).trim()
  const { viewer } = await new ApiConnection({ url, token }).request(
    '{ viewer { administrator { email } } }',
    {},
    request,
  )
  if (!viewer) throw new CommandFailure('UNAUTHENTICATED: the token is not valid here', exitCodes.denied)
  return { url, token, email: (viewer as { administrator: { email: string } }).administrator.email }
}

async function withPassword(
  terminal: Terminal,
  url: string,
  options: LoginOptions,
  request: RequestOptions,
): Promise<Profile> {
  const email = options.email ?? (terminal.stdin.isTTY ? await ask(terminal, 'E-mail', true) : null)
  if (!email) throw usageFailure('--email is missing')
  const [password = '', code] = options.passwordFromInput
    ? (await readInput(terminal)).split('\n').map((line) => withoutLineEnd(`${line}\n`))
    : [await askSecret(terminal, 'Password', '--password-stdin')]
  const api = new ApiConnection({ url, token: null })
  const mutate = mutations(api, request)
  const signedIn = await mutate(
    'signIn',
    'SignInInput',
    { email, password },
    'viewer { mustEnrol } secondFactor { token methods }',
  )
  await passSecondFactor(terminal, mutate, signedIn.secondFactor as SecondFactor | null, code)
  const input = {
    name: `mailfleet on ${hostname()}`,
    expiresAt: new Date(Date.now() + options.days * 86_400_000).toISOString(),
  }
  const made = await mutate('createApiToken', 'CreateApiTokenInput', input, 'secret apiToken { id }')
  await api.request(`mutation { signOut { errors { code } } }`, {}, request)
  return { url, token: made.secret as string, tokenId: (made.apiToken as { id: string }).id, email }
}

interface SecondFactor {
  token: string
  methods: string[]
}

type Mutate = (name: string, type: string, input: Data, selection: string) => Promise<Payload>

const mutations =
  (api: ApiConnection, request: RequestOptions): Mutate =>
  async (name, type, input, selection) => {
    const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} ${errorFields} } }`
    const payload = (await api.request(document, { input }, { ...request, repeatable: false }))[name] as Payload
    if (payload.errors.length > 0) throw new ApiFailure(payload.errors)
    return payload
  }

async function passSecondFactor(
  terminal: Terminal,
  mutate: Mutate,
  step: SecondFactor | null,
  given: string | undefined,
): Promise<void> {
  if (!step) return
  if (!step.methods.some((method) => method === 'TOTP' || method === 'RECOVERY_CODE')) {
    throw new CommandFailure(
      'the account has passkeys alone: make a token in the console, then login --token-stdin',
      exitCodes.denied,
    )
  }
  const otherwise = 'the second line of standard input'
  const code = (
    given || (await askSecret(terminal, 'Code of the authenticator app, or a recovery code', otherwise))
  ).trim()
  const proof = /^\d{6}$/.test(code) ? { code } : { recoveryCode: code }
  await mutate('verifySecondFactor', 'VerifySecondFactorInput', { token: step.token, ...proof }, 'viewer { mustEnrol }')
}

/** Ends the token that `login` made, here and at the server. */
export async function logout(terminal: Terminal, chosen: Chosen, request: RequestOptions): Promise<void> {
  const file = await readProfiles(terminal.env)
  const name = profileName(chosen, terminal.env, file)
  const profile = Object.hasOwn(file.profiles, name) ? file.profiles[name] : undefined
  if (!profile) throw usageFailure(`there is no profile ${name}`)
  const { [name]: _, ...profiles } = file.profiles
  let told = `Signed out of ${profile.url} (profile ${name}).`
  if (profile.tokenId) {
    const end = `mutation ($id: ID!) { deleteApiToken(id: $id) { ${errorFields} } }`
    await new ApiConnection(profile).request(end, { id: profile.tokenId }, request).catch((error: Error) => {
      told = `Signed out here; the server did not end the token: ${error.message}`
    })
  } else told += ' The token was not made here and still holds.'
  await writeProfiles(terminal.env, { current: file.current === name ? 'default' : file.current, profiles })
  note(terminal, told)
}
