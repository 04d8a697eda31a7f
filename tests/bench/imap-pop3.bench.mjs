/**
 * IMAP and POP3 beside Dovecot, in turn on one machine: node tests/bench/imap-pop3.bench.mjs [--quick] [--rounds=3] [--only=words]
 * [--formats=maildir,mdbox] [--out=folder]
 *
 * All servers speak TLS with one certificate and hold the same mail. Dovecot runs with its high-performance log-in mode, and idle
 * connections are measured with imap-hibernate too. Needs the build, and root for Dovecot and cold caches.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { register } from 'tsx/esm/api'
import { ceiling } from './ceiling.mjs'
import { fsyncRate } from './fsync-rate.mjs'
import { fill, idle, lines, sizes } from './measures.mjs'
import { Report } from './report.mjs'

// The test support that starts a node is TypeScript; the servers that are measured are built.
register()
const { Dovecot, dovecotVersion } = await import('./peers/dovecot.mjs')
const { Mailfleet } = await import('./peers/mailfleet.mjs')

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    formats: { type: 'string', default: 'maildir,mdbox' },
    out: { type: 'string' },
  },
})
const size = values.quick ? sizes.quick : sizes.full
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
const wanted = lines.filter(({ name }) => name.includes(values.only))

const folder = mkdtempSync(join(tmpdir(), 'mailfleet-bench-'))
chmodSync(folder, 0o755)
const certificate = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
execFileSync(
  'openssl',
  // prettier-ignore
  ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=mail.bench.test',
   '-keyout', certificate.key, '-out', certificate.cert],
  { stdio: 'ignore' },
)

const report = new Report()
const dovecot = dovecotVersion()
if (!dovecot) console.log('- without Dovecot (it takes root, and apt or an installed one): only our own numbers')
const ours = new Mailfleet({ folder: join(folder, 'mailfleet'), certificate })
const peers = dovecot
  ? values.formats
      .split(',')
      .map((format) => new Dovecot({ folder: join(folder, format), format, certificate, highPerformance: true }))
  : []
const servers = [ours, ...peers]

try {
  for (const server of servers) {
    mkdirSync(server.options.folder, { recursive: true })
    await server.start()
    const start = performance.now()
    await fill(server, size)
    console.log(`${server.name} filled in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  const diskRates = []
  for (let round = 0; round < rounds; round++) {
    diskRates.push(fsyncRate(folder))
    for (const line of wanted) {
      if (line.once && round > 0) continue
      for (const server of servers) report.add(line, server.name, await line.measure(server, size))
    }
  }
  if (''.includes(values.only) || values.only.startsWith('Idle'))
    for (const count of size.idle) await measureIdle(count)
  const ceilings = await ceiling(certificate)
  finish(diskRates, ceilings)
} finally {
  for (const server of servers) await server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Each from a fresh process; Dovecot also with hibernation. */
async function measureIdle(count) {
  for (const server of servers) {
    const variants = server === ours ? [{}] : [{ highPerformance: true }, { highPerformance: true, hibernate: true }]
    for (const variant of variants) {
      await server.restart(variant)
      const suffix = variant.hibernate ? ', hibernated' : ''
      const { kib, noticeMs } = await idle(server, count)
      if (server === ours) {
        report.add(idleLine(count, '', 10), server.name, kib)
        report.add(idleLine(count, ', hibernated', 3), server.name, kib)
        for (const kind of ['', ', hibernated']) report.add(noticeLine(count, kind), server.name, noticeMs)
      } else {
        report.add(idleLine(count, suffix), server.name, kib)
        report.add(noticeLine(count, suffix), server.name, noticeMs)
      }
    }
  }
}

function idleLine(count, suffix, factor) {
  return {
    name: `KiB per connection, ${count} idle${suffix && ` (Dovecot${suffix})`}`,
    better: 'less',
    ...(factor && { factor }),
  }
}

function noticeLine(count, suffix) {
  return {
    name: `APPEND to IDLE notice, ms, ${count} idle${suffix && ` (Dovecot${suffix})`}`,
    better: 'less',
    factor: 1,
  }
}

function finish(diskRates, ceilings) {
  const table = report.markdown(
    ours.name,
    peers.map(({ name }) => name),
  )
  const facts = [
    `${cpus().length} cores, Node.js ${process.versions.node}, Dovecot ${dovecot ?? 'absent'}, ${rounds} rounds, ${size.large.toLocaleString('en')} messages in the large and ${size.medium.toLocaleString('en')} in the medium mailbox.`,
    `Append and fsync of 4 KB in one thread: ${diskRates.join(', ')} a second.`,
    `The load generator alone: ${Math.round(ceilings.logins)} log-ins/s, ${Math.round(ceilings.commands)} commands/s.`,
  ].join('\n')
  console.log(`\n${facts}\n\n${table}`)
  if (!values.out) return
  mkdirSync(values.out, { recursive: true })
  writeFileSync(join(values.out, 'imap-pop3.md'), `${facts}\n\n${table}\n`)
  writeFileSync(
    join(values.out, 'imap-pop3.json'),
    JSON.stringify({ dovecot, diskRates, ceilings, lines: report.json() }, null, 2),
  )
}
