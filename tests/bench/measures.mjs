/**
 * What is measured: each line is one number of one server. `better` says which way is good, `factor` what issue and docs hold us
 * to beside Dovecot. Lines use accounts of their own, so that none finds what another has left.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapClient } from './load/imap-client.mjs'
import { message, rare } from './load/messages.mjs'
import { Pop3Client } from './load/pop3-client.mjs'
import { dropCaches, memoryKib } from './peers/processes.mjs'
import { users } from './peers/users.mjs'

const seconds = async (run) => {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

/** `run(number, worker)` for each number, by so many workers at once. */
async function share(workers, total, run) {
  let next = 0
  const work = async (_, worker) => {
    while (next < total) await run(next++, worker)
  }
  await Promise.all(Array.from({ length: workers }, work))
}

const rate = async (total, run) => total / (await seconds(run))

export const sizes = {
  full: {
    large: 100_000,
    medium: 10_000,
    bodies: 200,
    pop3: 1_000,
    logins: 400,
    appends: 1_000,
    mixedSeconds: 8,
    idle: [1_000, 5_000],
  },
  quick: {
    large: 5_000,
    medium: 1_000,
    bodies: 40,
    pop3: 200,
    logins: 100,
    appends: 300,
    mixedSeconds: 3,
    idle: [200],
  },
}

/** Gives a server the same mail as every other. */
export async function fill(server, size) {
  const put = async (user, count, octets, sessions = 1) => {
    const clients = await Promise.all(Array.from({ length: sessions }, () => ImapClient.signIn(server.imap, user)))
    const batch = 100
    await share(sessions, Math.ceil(count / batch), (number, worker) => {
      const messages = Array.from({ length: Math.min(batch, count - number * batch) }, () => message(octets))
      return clients[worker].command(`APPEND INBOX${messages.map((text) => ` {${text.length}+}\r\n${text}`).join('')}`)
    })
    for (const client of clients) client.close()
  }
  await put(users.large[0], size.large, 2_048, 2)
  await put(users.medium[0], size.medium, 2_048, 2)
  await put(users.bodies[0], size.bodies, 102_400)
  for (const user of users.pop3) await put(user, size.pop3, 4_096)
  await share(10, users.mixed.length, (number) => put(users.mixed[number], 50, 4_096))
  // The first sign-in pays for the password's hash, where there is one; clients sign in again and again.
  await share(10, users.login.length, async (number) =>
    (await ImapClient.signIn(server.imap, users.login[number])).close(),
  )
}

/** Times one command in a session of its own that has the mailbox open; in milliseconds. */
async function command(server, user, text) {
  const client = await ImapClient.signIn(server.imap, user, { mailbox: 'INBOX' })
  try {
    return 1000 * (await seconds(() => client.command(text)))
  } finally {
    client.close()
  }
}

const large = (text) => (server) => command(server, users.large[0], text)
const medium = (text) => (server) => command(server, users.medium[0], text)
const envelopes = 'FETCH 1:* (UID FLAGS ENVELOPE)'

async function logins(server, { logins: count }) {
  return rate(count, () =>
    share(10, count, async (number) => {
      const client = await ImapClient.signIn(server.imap, users.login[number % users.login.length])
      await client.command('LOGOUT')
      client.close()
    }),
  )
}

async function select(server) {
  const client = await ImapClient.signIn(server.imap, users.large[0])
  const took = await seconds(() => client.command('SELECT INBOX'))
  client.close()
  return took * 1000
}

async function coldEnvelopes(server, forgotten) {
  if (forgotten) server.forget(users.large[0].login)
  await server.restart({ highPerformance: true })
  dropCaches()
  return command(server, users.large[0], envelopes)
}

async function bodies(server, { bodies: count }) {
  const client = await ImapClient.signIn(server.imap, users.bodies[0], { mailbox: 'INBOX' })
  const before = client.octets
  const repeats = 3
  const took = await seconds(async () => {
    for (let turn = 0; turn < repeats; turn++) await client.command(`FETCH 1:${count} (UID BODY.PEEK[])`)
  })
  client.close()
  return (client.octets - before) / 1e6 / took
}

/** Flags that all messages lack, then flags that all have: every one is a real change. */
async function store(server) {
  const client = await ImapClient.signIn(server.imap, users.large[0], { mailbox: 'INBOX' })
  const took = await seconds(async () => {
    await client.command('STORE 1:* +FLAGS.SILENT (\\Flagged)')
    await client.command('STORE 1:* -FLAGS.SILENT (\\Flagged)')
  })
  client.close()
  return took * 500
}

const appends =
  (sessions) =>
  async (server, { appends: count }) => {
    const clients = await Promise.all(
      users.append.slice(0, sessions).map((user) => ImapClient.signIn(server.imap, user)),
    )
    const result = await rate(count, () =>
      share(sessions, count, (_, worker) => clients[worker].append('INBOX', message(4_096))),
    )
    for (const client of clients) client.close()
    return result
  }

/** Weights of what mail clients ask for. */
const habits = Object.entries({
  noop: 10,
  select: 8,
  list: 28,
  body: 20,
  store: 12,
  search: 4,
  append: 10,
  status: 6,
  expunge: 2,
})
const wheel = habits.flatMap(([habit, weight]) => Array(weight).fill(habit))

async function mixed(server, { mixedSeconds }) {
  const clients = []
  for (let from = 0; from < users.mixed.length; from += 20)
    clients.push(
      ...(await Promise.all(
        users.mixed.slice(from, from + 20).map((user) => ImapClient.signIn(server.imap, user, { mailbox: 'INBOX' })),
      )),
    )
  let seed = 1
  // The same sequence of commands for each server (Lehmer's generator).
  const pick = (below) => (seed = (seed * 48_271) % 0x7fffffff) % below
  let done = 0
  const end = performance.now() + mixedSeconds * 1000
  const took = await seconds(() =>
    Promise.all(
      clients.map(async (client) => {
        while (performance.now() < end) {
          const first = 1 + pick(30)
          const habit = {
            noop: 'NOOP',
            select: 'SELECT INBOX',
            list: `FETCH ${first}:${first + 19} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)`,
            body: `FETCH ${first} (BODY.PEEK[])`,
            store: `STORE ${first} ${pick(2) ? '+' : '-'}FLAGS (\\Seen)`,
            search: 'SEARCH UNSEEN SUBJECT invoice',
            status: 'STATUS INBOX (MESSAGES UNSEEN)',
            expunge: 'EXPUNGE',
          }[wheel[pick(wheel.length)]]
          if (habit) await client.command(habit)
          else await client.append('INBOX', message(4_096))
          done++
        }
      }),
    ),
  )
  for (const client of clients) client.close()
  return done / took
}

const pop3 =
  (sessions) =>
  async (server, { pop3: count }) => {
    const clients = await Promise.all(users.pop3.slice(0, sessions).map((user) => Pop3Client.signIn(server.pop3, user)))
    const result = await rate(count * sessions, () =>
      Promise.all(
        clients.map(async (client) => {
          for (let number = 1; number <= count; number++) await client.retrieve(number)
        }),
      ),
    )
    for (const client of clients) await client.quit()
    return result
  }

/** Memory of a connection that idles in its INBOX, and how soon it hears of mail. Servers bound connections by address. */
export async function idle(server, count) {
  const before = memoryKib(server.pid)
  const clients = []
  const open = async (number) => {
    const client = await ImapClient.signIn(server.imap, users.idle[number % users.idle.length], {
      mailbox: 'INBOX',
      localAddress: `127.0.${number % 50}.1`,
    })
    await client.idle()
    clients[number] = client
  }
  await share(20, count, open)
  await sleep(5_000)
  const kib = (memoryKib(server.pid) - before) / count
  const delays = []
  for (let turn = 0; turn < 15; turn++) {
    const number = (turn * 37) % Math.min(count, users.idle.length)
    const writer = await ImapClient.signIn(server.imap, users.idle[number], { localAddress: '127.0.99.1' })
    const sent = performance.now()
    const told = new Promise((resolve) => {
      clients[number].onUntagged = (line) => {
        if (line.endsWith(' EXISTS')) resolve(performance.now() - sent)
      }
    })
    await writer.append('INBOX', message(4_096))
    delays.push(await told)
    writer.close()
  }
  for (const client of clients) client.close()
  delays.sort((a, b) => a - b)
  return { kib, noticeMs: delays[delays.length >> 1] }
}

const more = 'more'
const less = 'less'
/** `once`: not in each round, since it takes long or changes what the server knows. */
export const lines = [
  { name: 'Log-ins/s (full TLS handshake)', better: more, factor: 2, measure: logins },
  { name: 'SELECT of the large mailbox, ms', better: less, factor: 5, measure: select },
  { name: 'FETCH 1:* (FLAGS), ms', better: less, factor: 1.5, measure: large('FETCH 1:* (FLAGS)') },
  { name: `${envelopes}, ms`, better: less, factor: 2, measure: large(envelopes) },
  {
    name: 'the same, process and caches cold, ms',
    better: less,
    factor: 10,
    once: true,
    measure: (server) => coldEnvelopes(server, false),
  },
  {
    name: 'the same, cold, never read before, ms',
    better: less,
    factor: 10,
    once: true,
    measure: (server) => coldEnvelopes(server, true),
  },
  { name: 'Whole bodies of 100 KB, MB/s', better: more, factor: 1.2, measure: bodies },
  { name: `SEARCH SUBJECT, ms`, better: less, factor: 5, measure: large(`SEARCH SUBJECT ${rare.subject}`) },
  { name: `SEARCH TEXT, medium mailbox, ms`, better: less, factor: 10, measure: medium(`SEARCH TEXT ${rare.text}`) },
  { name: 'STORE 1:*, all changed, ms', better: less, factor: 1.5, measure: store },
  { name: 'APPEND/s, 10 sessions', better: more, factor: 3, measure: appends(10) },
  { name: 'APPEND/s, 50 sessions', better: more, factor: 3, measure: appends(50) },
  { name: 'Mixed load of 100 clients, commands/s', better: more, factor: 2, measure: mixed },
  { name: 'POP3 RETR/s, 1 session', better: more, factor: 1.5, measure: pop3(1) },
  { name: 'POP3 RETR/s, 4 sessions', better: more, factor: 1.5, measure: pop3(4) },
]
