/**
 * Writes the API's contracts into schema/ and its reference into docs/reference/, as the resolvers are. With `--check` it writes nothing
 * and exits 1 where a file is not what would be written.
 */
import 'reflect-metadata'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { printSchema } from 'graphql'
import { contracts } from './contracts.js'
import { referencePages } from './reference/index.js'

const check = process.argv.includes('--check')
const files = new Map<string, string>()
for (const [name, create] of Object.entries(contracts)) {
  const schema = create()
  files.set(`schema/${name}`, `${printSchema(schema)}\n`)
  if (name !== 'admin.graphql') continue
  for (const [page, text] of Object.entries(referencePages(schema))) files.set(`docs/reference/${page}`, text)
}
for (const [name, emitted] of files) {
  const file = new URL(`../../${name}`, import.meta.url)
  if (!check) {
    await mkdir(new URL('.', file), { recursive: true })
    await writeFile(file, emitted)
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== emitted) {
    process.stderr.write(`${name} is stale: run node control-plane/dist/emit-schemas.js\n`)
    process.exitCode = 1
  }
}
