/** The structure of real and made-up messages against that of Python's email package, read from the same octets. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { corpusFolder } from '../../../../../tests/support/corpus.js'
import { isMultipart, type MimePart } from './mime-part.js'
import { parseMessage } from './parse-message.js'
import { summaryOf } from './summarize-message.js'

const run = promisify(execFile)
const noPython = spawnSync('python3', ['--version']).status !== 0

/** Types, and digests of leaf bodies, in order. */
const script = `
import email, email.policy, hashlib, json, sys
def walk(part):
    if part.get_content_maintype() == 'multipart' and part.is_multipart():
        return [part.get_content_type(), [walk(child) for child in part.get_payload()]]
    if part.get_content_type() == 'message/rfc822' and part.is_multipart():
        return [part.get_content_type(), [walk(part.get_payload()[0])]]
    if part.get_content_maintype() == 'message' and part.is_multipart():
        return [part.get_content_type(), None]
    body = part._payload
    octets = body.encode('ascii', 'surrogateescape') if isinstance(body, str) else b''
    return [part.get_content_type(), hashlib.sha256(octets.replace(b'\\r\\n', b'\\n')).hexdigest()]
out = {}
for path in json.load(sys.stdin):
    with open(path, 'rb') as file:
        message = email.message_from_bytes(file.read(), policy=email.policy.compat32)
    out[path] = [walk(message), [type(d).__name__ for p in message.walk() for d in p.defects]]
json.dump(out, sys.stdout)
`
type Shape = [string, string | Shape[] | null]

/** Python takes several equal boundaries in a row for one; to us an empty part lies between them. */
const repeatsBoundaries = 'malformed_000.eml'

function shapeOf(octets: Buffer, part: MimePart): Shape {
  const type = `${part.type}/${part.subtype}`.toLowerCase()
  if (isMultipart(part)) return [type, part.children.map((child) => shapeOf(octets, child))]
  if (part.message) return [type, [shapeOf(octets, part.message)]]
  // Python parses what any message/* has within; IMAP knows of message/rfc822 alone (message/external-body has no message).
  if (type.startsWith('message/') && type !== 'message/rfc822' && type !== 'message/global') return [type, null]
  const body = octets.toString('latin1', part.body.start, part.body.end).replace(/\r\n/g, '\n')
  return [type, createHash('sha256').update(body, 'latin1').digest('hex')]
}

async function compare(messages: Map<string, Buffer>): Promise<{ equal: number; different: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'mailfleet-python-'))
  const paths = new Map<string, string>()
  let number = 0
  for (const [name, octets] of messages) {
    const path = join(folder, String(number++))
    await writeFile(path, octets)
    paths.set(path, name)
  }
  const child = run('python3', ['-c', script], { maxBuffer: 64 * 1024 * 1024 })
  child.child.stdin!.end(JSON.stringify([...paths.keys()]))
  const shapes = JSON.parse((await child).stdout) as Record<string, [Shape, string[]]>
  await rm(folder, { recursive: true })
  const different: string[] = []
  let equal = 0
  for (const [path, name] of paths) {
    const [shape, defects] = shapes[path]!
    // Where Python itself finds the message defective, readers differ by right.
    if (defects.length > 0 || name.endsWith(repeatsBoundaries)) continue
    const octets = messages.get(name)!
    if (JSON.stringify(shapeOf(octets, parseMessage(octets))) === JSON.stringify(shape)) equal += 1
    else
      different.push(
        `${name}\n  ours ${JSON.stringify(shapeOf(octets, parseMessage(octets)))}\n  theirs ${JSON.stringify(shape)}`,
      )
  }
  return { equal, different }
}

/** A message of random shape, by the rules. */
function generate(seed: number): Buffer {
  let state = seed
  const pick = (count: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % count
  }
  let boundaries = 0
  const lines = (): string =>
    Array.from({ length: pick(4) }, () => ['text', '', '-- ', '--', '.', 'From x'][pick(6)]!).join('\r\n')
  const entity = (depth: number): string => {
    const kind = depth > 3 ? 0 : pick(6)
    if (kind === 1 || kind === 2) {
      const boundary = `b${boundaries++}${'=_x'.slice(0, pick(4))}`
      const parts = Array.from({ length: 1 + pick(3) }, () => `--${boundary}\r\n${entity(depth + 1)}\r\n`).join('')
      const preamble = pick(2) ? 'preamble\r\n' : ''
      const epilogue = pick(2) ? 'epilogue\r\n' : ''
      return `Content-Type: multipart/mixed;\r\n boundary="${boundary}"\r\n\r\n${preamble}${parts}--${boundary}--\r\n${epilogue}`
    }
    if (kind === 3) return `Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n${entity(depth + 1)}`
    return `Content-Type: ${['text/plain', 'image/png', 'application/x-y; n="a;b"'][pick(3)]}\r\nX: y\r\n\r\n${lines()}`
  }
  return Buffer.from(`Subject: ${seed}\r\n${entity(0)}`)
}

describe.skipIf(noPython)('Python sees the same parts', () => {
  it('in generated messages', async () => {
    const messages = new Map(Array.from({ length: 300 }, (_, seed) => [`seed ${seed}`, generate(seed + 1)]))
    const { equal, different } = await compare(messages)
    expect(different).toEqual([])
    expect(equal).toBeGreaterThan(250)
  })

  it('in real messages', async ({ skip }) => {
    if (!existsSync(corpusFolder)) skip(`no corpus at ${corpusFolder}: set MAILFLEET_CORPUS`)
    const { equal, different } = await compare(await readCorpus())
    expect(different).toEqual([])
    expect(equal).toBeGreaterThan(0)
  })
})

it('all real messages have a summary', async ({ skip }) => {
  if (!existsSync(corpusFolder)) skip(`no corpus at ${corpusFolder}: set MAILFLEET_CORPUS`)
  const messages = await readCorpus()
  for (const [name, octets] of messages) {
    const summary = summaryOf(parseMessage(octets))
    expect(summary.headerSize, name).toBeLessThanOrEqual(octets.length)
    expect(summary.bodyStructure.toString('latin1'), name).toMatch(/^\([^]*\)$/)
  }
  expect(messages.size).toBeGreaterThan(0)
})

async function readCorpus(): Promise<Map<string, Buffer>> {
  const messages = new Map<string, Buffer>()
  for (const entry of await readdir(corpusFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'README.md') continue
    const path = join(entry.parentPath, entry.name)
    const octets = await readFile(path)
    // As SMTP would bring it.
    messages.set(path, Buffer.from(octets.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'))
  }
  return messages
}
