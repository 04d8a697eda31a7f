/**
 * `npm test`: installs, builds, checks, then runs every test. Real daemons and clients that tests need come from apt where
 * that is there; a test that misses its program skips with a printed reason. Ends with `N passed, N failed, N skipped`.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../deploy/build.mjs'
import { install, isInstalled } from '../deploy/install.mjs'
import { repositoryRoot } from '../deploy/places.mjs'
import { step } from '../deploy/progress.mjs'
import { check } from './check.mjs'

/** Program → Debian package. */
const programs = {
  chromium: 'chromium',
  mbsync: 'isync',
  swaks: 'swaks',
  curl: 'curl',
  python3: 'python3',
  offlineimap: 'offlineimap3',
  fetchmail: 'fetchmail',
  getmail: 'getmail6',
  slapd: 'slapd',
  dkimverify: 'python3-dkim',
  mutt: 'mutt',
  unbound: 'unbound',
  'ldns-signzone': 'ldnsutils',
  'systemd-analyze': 'systemd',
  promtool: 'prometheus',
}
const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

async function installPrograms() {
  const missing = Object.keys(programs).filter((program) => !has(program))
  if (missing.length === 0) return
  if (!has('apt-get') || process.getuid?.() !== 0) {
    console.log(
      `  - without ${missing.join(', ')}: tests that need them are skipped (install them, or run as root where apt-get is)`,
    )
    return
  }
  const packages = missing.map((program) => programs[program])
  await step(`Installing ${packages.join(', ')} from apt`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' })
    const { status } = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      env,
      stdio: 'ignore',
    })
    if (status !== 0) console.log('  - apt-get failed: tests that need these programs are skipped')
  })
}

async function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'mailfleet-tests-'))
  const report = join(folder, 'report.json')
  const command = [
    join(repositoryRoot, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  let result = { passed: 0, failed: 1, skipped: 0 }
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    // A file that does not even load has no test to count.
    const brokenFiles = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
    )
    result = {
      passed: numPassedTests,
      failed: numFailedTests + brokenFiles.length,
      skipped: numPendingTests + numTodoTests,
    }
  } catch {
    console.log('Vitest left no report.')
  }
  rmSync(folder, { recursive: true, force: true })
  // An error outside of any test still fails the run.
  if (code !== 0 && result.failed === 0) result.failed = 1
  return result
}

const args = process.argv.slice(2)
if (!isInstalled()) await step('Installing packages', install)
await build()
await installPrograms()
const checked = args.length === 0 ? await check() : { passed: 0, failed: 0 }
const tested = await vitest(args)
const failed = checked.failed + tested.failed
console.log(`${checked.passed + tested.passed} passed, ${failed} failed, ${tested.skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0
