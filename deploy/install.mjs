/** Installs the npm packages when what is installed differs from package-lock.json. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './places.mjs'
import { UserError } from './user-error.mjs'

const readPackages = (path) => JSON.parse(readFileSync(path, 'utf8')).packages

/** npm writes node_modules/.package-lock.json last, so an interrupted installation has none. */
export function isInstalled() {
  const installedFile = join(repositoryRoot, 'node_modules', '.package-lock.json')
  if (!existsSync(installedFile)) return false
  const installed = readPackages(installedFile)
  return Object.entries(readPackages(join(repositoryRoot, 'package-lock.json'))).every(
    ([path, { version, optional, link }]) =>
      !path.startsWith('node_modules/') ||
      link ||
      (optional && !installed[path]) ||
      installed[path]?.version === version,
  )
}

/** The npm that runs us, else the one on the PATH. */
export const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']

export async function install(note = () => {}) {
  await run([...npm, 'ci', '--no-audit', '--no-fund'], note, 'The packages could not be installed')
}

/** Runs a command in the repository; its last lines become the error. */
export async function run([command, ...args], note, failure) {
  const child = spawn(command, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  let tail = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      tail = (tail + text).slice(-4_000)
      note(text.trim().split('\n').pop())
    })
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new UserError(`${failure} (exit code ${code}):\n${tail.trim()}`)
}
