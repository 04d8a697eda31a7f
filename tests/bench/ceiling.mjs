/** What the load generator can do by itself: against a server in another process that answers everything at once. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fork } from 'node:child_process'
import { createServer } from 'node:tls'
import { ImapClient } from './load/imap-client.mjs'

if (process.argv[2] === 'serve') {
  const server = createServer({ cert: readFileSync(process.argv[3]), key: readFileSync(process.argv[4]) }, (socket) => {
    socket.on('error', () => undefined)
    socket.write('* OK ready\r\n')
    socket.on('data', (chunk) => {
      const tags = chunk.toString('latin1').match(/^a\d+/gm) ?? []
      socket.write(tags.map((tag) => `${tag} OK done\r\n`).join(''))
    })
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.once('disconnect', () => process.exit())
}

export async function ceiling({ cert, key }) {
  const child = fork(new URL(import.meta.url), ['serve', cert, key])
  const [port] = await once(child, 'message')
  const user = { login: 'a', password: 'b' }
  const perSecond = async (run) => {
    const end = performance.now() + 2_000
    let count = 0
    const loop = async () => {
      for (; performance.now() < end; count++) await run()
    }
    await Promise.all(Array.from({ length: 10 }, loop))
    return count / 2
  }
  const logins = await perSecond(async () => (await ImapClient.signIn(port, user)).close())
  const clients = await Promise.all(Array.from({ length: 10 }, () => ImapClient.signIn(port, user)))
  const commands = await perSecond(() => {
    const client = clients.shift()
    clients.push(client)
    return client.command('NOOP')
  })
  for (const client of clients) client.close()
  child.disconnect()
  return { logins, commands }
}
