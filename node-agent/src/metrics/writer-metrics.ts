/** What the writers of a node commit, how long the disk takes for it, and what waits for them. */
import { sampledGauge } from '@mailfleet/telemetry'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Writer } from '../durable/writer.js'
import { tallyNames, type TallyName } from '../events/event-tally.js'

const counted: Record<TallyName, { help: string; labelNames: string[] }> = {
  messages_accepted: { help: 'Messages answered 250 on SMTP.', labelNames: ['direction', 'verdict'] },
  recipients_refused: { help: 'Recipients and messages refused on SMTP, by class of reply.', labelNames: ['reply'] },
  recipients_delivered: { help: 'Copies stored in mailboxes here.', labelNames: ['verdict'] },
  recipients_queued: { help: 'Recipients taken into the outbound queue.', labelNames: [] },
  delivery_attempts: { help: 'What came of sending, by recipient.', labelNames: ['result'] },
  sign_ins: { help: 'Sign-ins of mail clients.', labelNames: ['protocol', 'result'] },
  sessions: { help: 'Sessions of mail clients and servers that have ended.', labelNames: ['protocol'] },
}

const databaseOf = ({ stream }: Writer): string => stream.split('/')[0]!

/** Returns what follows one writer; each database has one. */
export function writerMetrics(registry: Registry): (writer: Writer) => void {
  const writers: Writer[] = []
  const labelNames = ['database']
  const registers = [registry]
  const commits = new Histogram({
    name: 'mailfleet_node_commit_duration_seconds',
    help: 'What the disk takes to make one transaction durable.',
    labelNames,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const calls = new Counter({
    name: 'mailfleet_node_writes_total',
    help: 'Durable writes; several share a transaction.',
    labelNames,
    registers,
  })
  const counters = Object.fromEntries(
    tallyNames.map((name) => [
      name,
      new Counter({ name: `mailfleet_node_${name}_total`, ...counted[name], registers }),
    ]),
  )
  const queued = (name: string, help: string, read: (writer: Writer) => number): void =>
    sampledGauge(registry, {
      name,
      help,
      labelNames,
      sample: () => writers.map((writer) => ({ labels: { database: databaseOf(writer) }, value: read(writer) })),
    })
  queued('mailfleet_node_writes_waiting', 'Durable writes that wait for their transaction.', ({ queue }) => queue.calls)
  queued('mailfleet_node_writes_waiting_bytes', 'Octets of the writes that wait.', ({ queue }) => queue.bytes)
  return (writer) => {
    writers.push(writer)
    const database = databaseOf(writer)
    writer.on('committed', (commit) => {
      commits.observe({ database }, commit.seconds)
      calls.inc({ database }, commit.calls)
      for (const { name, labels, count } of commit.tallies) counters[name]!.inc(labels, count)
    })
  }
}
