/**
 * A private Dovecot on loopback, under a folder of its own, as the side that we compare with. `highPerformance` lets log-in
 * processes serve many connections; `hibernate` lets idle sessions give up their process.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canConnect, freePorts } from '../../support/ports.ts'
import { allUsers } from './users.mjs'

const owner = 5000
const installed = () => spawnSync('sh', ['-c', 'command -v dovecot']).status === 0

/** Installs Dovecot from apt, without letting Debian start it; answers null where that cannot be. */
export function dovecotVersion() {
  if (!installed() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const policy = '/usr/sbin/policy-rc.d'
    const ours = !existsSync(policy)
    if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { env })
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'dovecot-imapd', 'dovecot-pop3d'], { env })
    if (ours) unlinkSync(policy)
  }
  return installed() && process.getuid?.() === 0
    ? execFileSync('dovecot', ['--version'], { encoding: 'utf8' }).trim()
    : null
}

export class Dovecot {
  #folder
  #config
  #child = null

  /** @param {{ folder: string, format: 'maildir' | 'mdbox', certificate: { cert: string, key: string }, highPerformance?: boolean, hibernate?: boolean }} options */
  constructor(options) {
    this.options = options
    this.#folder = options.folder
    this.name = `Dovecot ${options.format}`
  }

  get pid() {
    return this.#child.pid
  }

  async start() {
    const folder = this.#folder
    for (const part of ['run', 'state', 'mail']) mkdirSync(join(folder, part), { recursive: true })
    chmodSync(folder, 0o755)
    chownSync(join(folder, 'mail'), owner, owner)
    // Dovecot watches files of idle sessions; at the usual 128 instances it falls back to polling.
    try {
      writeFileSync('/proc/sys/fs/inotify/max_user_instances', '20000')
    } catch {
      console.log('  - fs.inotify.max_user_instances cannot be raised: Dovecot may notice mail late')
    }
    if (!this.imap) [this.imap, this.pop3] = await freePorts(2)
    writeFileSync(
      join(folder, 'users'),
      allUsers
        .map(({ login, password }) => `${login}:{PLAIN}${password}:${owner}:${owner}::${folder}/mail/${login}::\n`)
        .join(''),
    )
    this.#config = join(folder, 'dovecot.conf')
    writeFileSync(this.#config, configuration(this.options, this.imap, this.pop3))
    this.#child = spawn('dovecot', ['-F', '-c', this.#config], { stdio: 'inherit' })
    while (!(await canConnect(this.imap))) await sleep(50)
  }

  async stop() {
    const child = this.#child
    if (!child || child.exitCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
    // Sessions of a stopped master go on until their clients leave.
    await sleep(300)
  }

  /** As another variant, over the same mail. */
  async restart(variant = {}) {
    await this.stop()
    this.options = { ...this.options, highPerformance: false, hibernate: false, ...variant }
    await this.start()
  }

  /** What it has learnt of messages, forgotten: as before anybody read them. */
  forget(login) {
    const remove = (folder) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) remove(join(folder, entry.name))
        else if (entry.name.includes('index.cache')) rmSync(join(folder, entry.name))
      }
    }
    remove(join(this.#folder, 'mail', login))
  }
}

const configuration = ({ folder, format, certificate, highPerformance, hibernate }, imap, pop3) => `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
info_log_path = /dev/null
listen = 127.0.0.1
protocols = imap pop3
ssl = required
ssl_cert = <${certificate.cert}
ssl_key = <${certificate.key}
auth_mechanisms = plain
first_valid_uid = ${owner}
mail_location = ${format}:~/${format}
mail_fsync = optimized
mail_max_userip_connections = 20000
default_vsz_limit = 2G
default_client_limit = 12000
default_process_limit = 1000
${hibernate ? 'imap_hibernate_timeout = 2s' : ''}
passdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
}
namespace inbox {
  inbox = yes
  separator = /
}
${['auth', 'anvil', 'stats']
  .map(
    (name) => `service ${name} {
  client_limit = 24000
}`,
  )
  .join('\n')}
${[
  ['imap', imap],
  ['pop3', pop3],
]
  .map(
    ([protocol, port]) => `service ${protocol}-login {
${highPerformance ? '  service_count = 0\n  client_limit = 6000\n  process_min_avail = 2' : '  process_limit = 6000'}
  inet_listener ${protocol} {
    port = 0
  }
  inet_listener ${protocol}s {
    port = ${port}
    ssl = yes
  }
}
service ${protocol} {
  process_limit = 8000
${highPerformance ? '  service_count = 500\n  process_min_avail = 2' : ''}
${
  hibernate && protocol === 'imap'
    ? `  unix_listener imap-master {
    user = dovecot
    mode = 0660
  }`
    : ''
}
}`,
  )
  .join('\n')}
${
  hibernate
    ? `service imap-hibernate {
  unix_listener imap-hibernate {
    mode = 0666
  }
}`
    : ''
}
`
