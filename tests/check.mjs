/**
 * `npm run check`: what a machine can say of the code without running it. Each check is a command; all run, the failures are
 * printed whole. The same here and in CI.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from '../deploy/build.mjs'
import { install, isInstalled } from '../deploy/install.mjs'
import { repositoryRoot } from '../deploy/places.mjs'
import { step } from '../deploy/progress.mjs'

const tool = (path) => [process.execPath, join(repositoryRoot, 'node_modules', path)]
const sources = ['schema/src', 'telemetry/src', 'control-plane/src', 'node-agent/src', 'admin-ui/src']
const checks = [
  ['Types of the tests', [...tool('typescript/bin/tsc'), '--noEmit', '-p', 'tests/tsconfig.json']],
  ['ESLint', [...tool('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
  ['Prettier', [...tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['Imports between folders', [...tool('dependency-cruiser/bin/dependency-cruise.mjs'), ...sources]],
  [
    'Import cycles',
    [...tool('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.import-cycles.cjs', ...sources],
  ],
  ['Unused code', [...tool('knip/bin/knip.js'), '--no-progress']],
  ['Emitted schemas and reference are fresh', [process.execPath, 'control-plane/dist/emit-schemas.js', '--check']],
  ['No breaking change of the schemas', [process.execPath, 'tests/breaking-changes.mjs']],
]

/** Runs every check and returns how many passed and failed. */
export async function check() {
  const result = { passed: 0, failed: 0 }
  for (const [title, command] of checks) {
    const { code, output } = await run(command)
    if (code === 0) result.passed++
    else result.failed++
    console.log(`${code === 0 ? '  ✓' : '  ✗'} ${title}${code === 0 ? '' : `\n${output}`}`)
  }
  return result
}

async function run([command, ...args]) {
  const child = spawn(command, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const code = await new Promise((resolve) => child.once('error', () => resolve(1)).once('close', resolve))
  return { code, output }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!isInstalled()) await step('Installing packages', install)
  await build()
  process.exitCode = (await check()).failed > 0 ? 1 : 0
}
