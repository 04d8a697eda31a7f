/**
 * Builds what is stale: schema, control plane and node agent by tsc, the console by Vite. A part is stale when the
 * digest of its inputs differs from the one kept beside its output. As a command: `npm run build`.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { install, isInstalled, npm, run } from './install.mjs'
import { tryLock } from './pid-lock.mjs'
import { repositoryRoot } from './places.mjs'
import { step } from './progress.mjs'

const bin = (name) => [process.execPath, join(repositoryRoot, 'node_modules', ...name.split('/'))]
const shared = ['package-lock.json', 'tsconfig.base.json', 'schema/src', 'schema/tsconfig.json']
const parts = [
  {
    name: 'server',
    title: 'Building control plane and node',
    inputs: [
      ...shared,
      'telemetry/src',
      'telemetry/tsconfig.json',
      'control-plane/src',
      'control-plane/tsconfig.json',
      'node-agent/src',
      'node-agent/tsconfig.json',
    ],
    outputs: ['schema/dist', 'telemetry/dist', 'control-plane/dist', 'node-agent/dist'],
    command: [...bin('typescript/bin/tsc'), '-b', 'control-plane', 'node-agent'],
  },
  {
    name: 'console',
    title: 'Building the console',
    inputs: [...shared, 'schema/admin.graphql', 'admin-ui'],
    generated: ['admin-ui/src/graphql/graphql-env.d.ts'],
    outputs: ['admin-ui/dist'],
    command: [...npm, 'run', 'build', '-w', 'admin-ui'],
  },
]

function* filesBelow(path) {
  const full = join(repositoryRoot, path)
  const stat = statSync(full, { throwIfNoEntry: false })
  if (stat?.isFile()) yield path
  if (!stat?.isDirectory() || ['dist', 'node_modules'].includes(basename(path))) return
  for (const name of readdirSync(full).sort()) yield* filesBelow(join(path, name))
}

function digestOf({ inputs, generated = [] }) {
  const hash = createHash('sha256')
  for (const file of inputs.flatMap((input) => [...filesBelow(input)]))
    if (!generated.includes(file))
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(repositoryRoot, file)))
        .update('\0')
  return hash.digest('hex')
}
const stampOf = ({ outputs }) => join(repositoryRoot, outputs[outputs.length - 1], '.inputs')

/**
 * Builds each stale part; a failed build leaves no stamp, so the next one starts anew. Builds of several processes wait for
 * each other: whoever comes second finds all fresh.
 */
export async function build({ force = false } = {}) {
  const release = await lockBuild()
  try {
    for (const part of parts) if (force || isStale(part)) await step(part.title, (note) => buildPart(part, note))
  } finally {
    release()
  }
}

/** What a build would build now. */
export const staleParts = () => parts.filter(isStale).map(({ name }) => name)

function isStale(part) {
  const stamp = stampOf(part)
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== digestOf(part)
}

async function buildPart(part, note) {
  // Before the build: what is edited meanwhile makes the part stale again.
  const digest = digestOf(part)
  for (const output of part.outputs) rmSync(join(repositoryRoot, output), { recursive: true, force: true })
  await run(part.command, note, `${part.title} failed`)
  mkdirSync(dirname(stampOf(part)), { recursive: true })
  writeFileSync(stampOf(part), digest)
}

async function lockBuild() {
  for (;;) {
    const { release } = tryLock(join(repositoryRoot, 'node_modules', '.mailfleet-build'), 'node')
    if (release) return release
    await sleep(200)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!isInstalled()) await step('Installing packages', install)
  await build({ force: process.argv.includes('--force') })
}
