/**
 * Servers and tokens that are kept between commands: a file that only its owner can read, replaced as a whole. One that others
 * can read is refused, as ssh does with keys. A token goes to the server it was made at, to no other.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { CommandFailure, exitCodes, usageFailure } from '../failures.js'
import type { Server } from '../api/connection.js'

export interface Profile {
  url: string
  token: string
  /** Of the token, where this program made it: signing out ends it. */
  tokenId?: string
  email?: string
}

export interface ProfileFile {
  current: string
  profiles: Record<string, Profile>
}

type Environment = Record<string, string | undefined>

export function profilePath(env: Environment): string {
  if (env.MAILFLEET_CONFIG) return env.MAILFLEET_CONFIG
  const folder = process.platform === 'win32' ? env.APPDATA : env.XDG_CONFIG_HOME
  return join(folder || join(env.HOME || homedir(), '.config'), 'mailfleet', 'profiles.json')
}

export async function readProfiles(env: Environment): Promise<ProfileFile> {
  const path = profilePath(env)
  let text: string
  try {
    const { mode } = await stat(path)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CommandFailure(
        `${path} can be read by others: chmod 600 it, and renew the tokens in it`,
        exitCodes.denied,
      )
    }
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: 'default', profiles: {} }
    throw error
  }
  try {
    const { current, profiles } = JSON.parse(text) as ProfileFile
    return { current, profiles: { ...profiles } }
  } catch {
    throw new CommandFailure(`${path} is no JSON`)
  }
}

export async function writeProfiles(env: Environment, profiles: ProfileFile): Promise<void> {
  const path = profilePath(env)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const next = `${path}.${randomUUID()}`
  const file = await open(next, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(profiles, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}

export interface Chosen {
  profile: string | null
  url: string | null
  allowHttp: boolean
}

export const profileName = (chosen: Chosen, env: Environment, file: ProfileFile): string =>
  chosen.profile ?? (env.MAILFLEET_PROFILE || file.current)

/** Flag, then environment, then profile. */
export async function chosenServer(chosen: Chosen, env: Environment): Promise<Server> {
  const file = await readProfiles(env)
  const name = profileName(chosen, env, file)
  const profile = Object.hasOwn(file.profiles, name) ? file.profiles[name] : undefined
  if (chosen.profile && !profile && !chosen.url) throw usageFailure(`there is no profile ${chosen.profile}`)
  const given = chosen.url ?? (env.MAILFLEET_URL || profile?.url)
  if (!given) throw usageFailure('which server? mailfleet login --url URL, --url, or MAILFLEET_URL')
  const url = serverUrl(given, chosen.allowHttp)
  const token = env.MAILFLEET_TOKEN || (profile?.url === url ? profile.token : null)
  return { url, token }
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Ends in a slash, so that paths are within it. */
export function serverUrl(text: string, allowHttp: boolean): string {
  let url: URL
  try {
    url = new URL(text.includes('://') ? text : `https://${text}`)
  } catch {
    throw usageFailure(`--url: ${text} is no URL`)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw usageFailure(`--url: https, not ${url.protocol}`)
  if (url.protocol === 'http:' && !allowHttp && !loopback.test(url.hostname)) {
    throw usageFailure(`--url: over http everybody on the way reads the token; https, or --allow-http`)
  }
  return new URL('./', url.href.endsWith('/') ? url : `${url.href}/`).href
}
