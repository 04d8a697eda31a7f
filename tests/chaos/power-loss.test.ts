/**
 * Acceptance A 2: power lost at any moment. A store takes mail on a file system in a file that writes nothing by itself for ten minutes
 * (`commit=600`); copies of that file are what a disk holds when the power goes: what was synced, and nothing that was only written.
 * `MAILFLEET_CHAOS_CUTS=200` cuts so often; CI does it a few times. Needs Linux, root and a loop device.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { randomInt } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { accountOf, octetsOf } from '../../node-agent/src/engines/builtin/store/test-support/numbered-messages.js'
import { openTestStore, readAll } from '../../node-agent/src/engines/builtin/store/test-support/store-fixture.js'

const cuts = Number(process.env['MAILFLEET_CHAOS_CUTS'] ?? 8)
const folder = mkdtempSync(join(tmpdir(), 'mailfleet-power-'))
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' })
const mounted = new Set<string>()

function mount(image: string, at: string): void {
  mkdirSync(at, { recursive: true })
  // `loop`: the device goes with the last unmount.
  run('mount', '-t', 'ext4', '-o', 'loop,commit=600', image, at)
  mounted.add(at)
}
function unmount(at: string): void {
  run('umount', at)
  mounted.delete(at)
}

function why(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs root on Linux'
  try {
    const image = join(folder, 'probe.img')
    run('truncate', '-s', '16M', image)
    run('mkfs.ext4', '-q', '-F', image)
    mount(image, join(folder, 'probe'))
    unmount(join(folder, 'probe'))
    return null
  } catch (error) {
    return `no file system can be mounted here: ${(error as Error).message.trim()}`
  }
}
const reason = why()
if (reason) console.log(`power loss is not tested: ${reason}`)

let child: ChildProcess | null = null
afterAll(() => {
  child?.kill('SIGKILL')
  for (const at of mounted) run('umount', '-l', at)
  rmSync(folder, { recursive: true, force: true })
})

/** Delivers for as long as it lives; answers what it was told is stored. */
function deliver(store: string, first: number): { answered: Set<number>; process: ChildProcess } {
  const script = fileURLToPath(
    new URL('../../node-agent/src/engines/builtin/store/test-support/deliver-child.ts', import.meta.url),
  )
  const answered = new Set<number>()
  const running = spawn(process.execPath, ['--import', 'tsx', script, store, String(first)])
  let rest = ''
  running.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    for (const line of lines) answered.add(Number(line))
  })
  return { answered, process: running }
}

async function verify(path: string, answered: ReadonlySet<number>): Promise<void> {
  const store = await openTestStore(path)
  try {
    expect(store.problems()).toEqual([])
    const found = new Set<number>()
    for (let account = 0; account < 7; account++) {
      const inbox = (await store.mailbox(accountOf(account), 'INBOX'))?.id
      if (inbox === undefined) continue
      const { uids } = await store.snapshot(inbox)
      for (const { uid, receivedAt: number } of await store.messages(inbox, uids)) {
        expect((await readAll(await store.open(inbox, uid))).equals(octetsOf(number))).toBe(true)
        expect(found.has(number)).toBe(false)
        found.add(number)
      }
    }
    expect([...answered].filter((number) => !found.has(number))).toEqual([])
    expect(await store.deliver({ size: 2, buffer: Buffer.from('ok') }, [{ accountId: 'account-0' }])).toEqual([null])
  } finally {
    await store.close()
  }
}

test.skipIf(reason !== null)(
  `what was answered survives a power cut, whole (${cuts} cuts)`,
  { timeout: 60_000 + cuts * 20_000 },
  async () => {
    const image = join(folder, 'disk.img')
    const disk = join(folder, 'disk')
    run('truncate', '-s', '1G', image)
    run('mkfs.ext4', '-q', '-F', image)
    mount(image, disk)
    const stored = new Map<string, Set<number>>()
    for (let cut = 0; cut < cuts; cut++) {
      // Each time another store: from its first commits on, and with a few checkpoints of the log.
      const name = `store-${cut % 4}`
      const load = deliver(join(disk, name), 1 + cut * 1_000_000)
      child = load.process
      const ended = once(load.process, 'exit')
      const enough = 1 + randomInt(400)
      while (load.answered.size < enough) {
        if (load.process.exitCode !== null) throw new Error('the deliveries ended')
        await sleep(5)
      }
      // A copy takes longer than a power cut: meanwhile nothing is asked of the disk.
      load.process.kill('SIGSTOP')
      await sleep(100)
      const answered = new Set([...(stored.get(name) ?? []), ...load.answered])
      stored.set(name, answered)
      const copy = join(folder, 'copy.img')
      run('cp', '--sparse=always', image, copy)
      load.process.kill('SIGKILL')
      await ended
      const after = join(folder, 'copy')
      mount(copy, after)
      try {
        await verify(join(after, name), answered)
      } finally {
        unmount(after)
        rmSync(copy)
      }
    }
    unmount(disk)
  },
)
