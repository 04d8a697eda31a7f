/** A real slapd of its own, with a certificate made for it; null where there is none on this machine. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Attribute, Change, Client } from 'ldapts'
import { freePorts } from '../../../../tests/support/ports.js'

const program = ['/usr/sbin/slapd', '/usr/local/libexec/slapd', '/usr/libexec/slapd'].find(existsSync)
const schemas = ['/etc/ldap/schema', '/etc/openldap/schema'].find(existsSync)

export interface Slapd {
  url: string
  tlsUrl: string
  ca: string
  baseDn: string
  bindDn: string
  /** Bound as the directory's administrator. */
  client: Client
  add(uid: string, person: { mail: string; cn?: string; password: string; employeeType?: string[] }): Promise<string>
  replace(dn: string, attribute: string, values: string[]): Promise<void>
  stop(): Promise<void>
}

export const hasSlapd = Boolean(program && schemas) && spawnSync('openssl', ['version']).status === 0

export async function startSlapd(password: string): Promise<Slapd> {
  const folder = mkdtempSync(join(tmpdir(), 'slapd-'))
  mkdirSync(join(folder, 'data'))
  const baseDn = 'dc=directory,dc=example'
  const bindDn = `cn=admin,${baseDn}`
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate]
  if (spawnSync('openssl', [...request, ...subject], { stdio: 'ignore' }).status !== 0)
    throw new Error('openssl failed')
  const moduleLine =
    existsSync('/usr/lib/ldap/back_mdb.so') || existsSync('/usr/lib/ldap/back_mdb.la')
      ? 'modulepath /usr/lib/ldap\nmoduleload back_mdb'
      : ''
  const names = ['core', 'cosine', 'inetorgperson'].map((name) => `include ${schemas}/${name}.schema`)
  writeFileSync(
    join(folder, 'slapd.conf'),
    `${names.join('\n')}
pidfile ${folder}/slapd.pid
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
sizelimit size.soft=2 size.hard=2 size.prtotal=unlimited
${moduleLine}
database mdb
suffix "${baseDn}"
rootdn "${bindDn}"
rootpw ${password}
directory ${folder}/data
maxsize 10485760
`,
    { mode: 0o600 },
  )
  const [port, tlsPort] = await freePorts(2)
  const [url, tlsUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://127.0.0.1:${tlsPort}`]
  const child = spawn(program!, ['-d', '0', '-h', `${url} ${tlsUrl}`, '-f', join(folder, 'slapd.conf')], {
    stdio: 'ignore',
  })
  const client = new Client({ url })
  const stop = async () => {
    await client.unbind().catch(() => undefined)
    child.kill()
    await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(null)))
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; ; tries++) {
    try {
      await client.bind(bindDn, password)
      break
    } catch (error) {
      if (tries > 100 || child.exitCode !== null) {
        await stop()
        throw error
      }
      await sleep(50)
    }
  }
  await client.add(baseDn, { objectClass: ['dcObject', 'organization'], dc: 'directory', o: 'Directory' })
  return {
    url,
    tlsUrl,
    ca: readFileSync(certificate, 'utf8'),
    baseDn,
    bindDn,
    client,
    async add(uid, { mail, cn = uid, password: userPassword, employeeType = [] }) {
      const dn = `uid=${uid},${baseDn}`
      const more: Record<string, string[]> = employeeType.length > 0 ? { employeeType } : {}
      await client.add(dn, { objectClass: ['inetOrgPerson'], uid, cn, sn: uid, mail, userPassword, ...more })
      return dn
    },
    replace: (dn, type, values) =>
      client.modify(dn, [new Change({ operation: 'replace', modification: new Attribute({ type, values }) })]),
    stop,
  }
}
