/**
 * Writes the API's contracts into schema/, as the resolvers are. With `--check` it writes nothing and exits 1 where a
 * file is not what would be written.
 */
import 'reflect-metadata'
import { readFile, writeFile } from 'node:fs/promises'
import { printSchema } from 'graphql'
import { contracts } from './contracts.js'

const check = process.argv.includes('--check')
for (const [name, create] of Object.entries(contracts)) {
  const file = new URL(`../../schema/${name}`, import.meta.url)
  const emitted = `${printSchema(create())}\n`
  if (!check) {
    await writeFile(file, emitted)
  } else if ((await readFile(file, 'utf8')) !== emitted) {
    process.stderr.write(`schema/${name} is stale: run node control-plane/dist/emit-schemas.js\n`)
    process.exitCode = 1
  }
}
