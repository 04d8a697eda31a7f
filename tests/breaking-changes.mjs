/**
 * Compares the SDLs with those of the last release tag. A breaking change passes only with a line for it in
 * schema/CHANGELOG.md under the version that schema/package.json has now and the tag had not.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema } from 'graphql'
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { repositoryRoot } from '../deploy/places.mjs'

const git = (...args) =>
  execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
const here = (path) => readFileSync(join(repositoryRoot, path), 'utf8')
const firstOf = (read) => {
  try {
    return read()
  } catch {
    return null
  }
}

const tag = firstOf(() => git('describe', '--tags', '--abbrev=0', '--match', 'v*').trim())
if (!tag) {
  console.log('no release tag yet: nothing to compare with')
  process.exit(0)
}
const version = JSON.parse(here('schema/package.json')).version
const noted =
  version !== JSON.parse(git('show', `${tag}:schema/package.json`)).version &&
  here('schema/CHANGELOG.md').includes(`## ${version}`)
let failed = false
for (const file of ['schema/admin.graphql', 'schema/node.graphql']) {
  const old = firstOf(() => git('show', `${tag}:${file}`))
  if (!old) continue
  const breaking = (await diff(buildSchema(old), buildSchema(here(file)))).filter(
    ({ criticality }) => criticality.level === CriticalityLevel.Breaking,
  )
  for (const { message } of breaking) console.log(`${file}: ${message}${noted ? ' (noted)' : ''}`)
  failed ||= breaking.length > 0 && !noted
}
if (failed) console.log(`Breaking since ${tag}: raise the version of schema/ and describe it in schema/CHANGELOG.md.`)
process.exitCode = failed ? 1 : 0
