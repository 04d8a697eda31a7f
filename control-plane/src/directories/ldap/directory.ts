/**
 * A connection to a directory (RFC 4511), for the length of one task. It is opened to an address that may be reached, has TLS but
 * in networks that the operator has named, and ends after a bound time and number of bytes.
 */
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type ConnectionOptions } from 'node:tls'
import {
  AndFilter,
  Client,
  EqualityFilter,
  FilterParser,
  InvalidCredentialsError,
  type Entry,
  type Filter,
} from 'ldapts'
import { OutboundError, type Outbound } from '../../platform/http/outbound.js'
import type { LdapSettings } from '../identity-source.settings.js'

const connectMs = 5_000
const operationMs = 10_000
const pageSize = 500

export interface DirectoryEntry {
  dn: string
  /** That never changes. */
  subject: string
  email: string | null
  name: string | null
  groups: string[] | null
}

export class Directory {
  constructor(
    private readonly client: Client,
    private readonly settings: LdapSettings,
    private readonly password: string,
  ) {}

  bindAsService(): Promise<void> {
    return this.client.bind(this.settings.bindDn, this.password)
  }

  /** False: not with this password. An empty one would be no try at all, and succeed (RFC 4513 section 5.1.2). */
  async bindAs(entry: DirectoryEntry, password: string): Promise<boolean> {
    if (password === '' || password.includes('\0')) return false
    try {
      await this.client.bind(entry.dn, password)
      return true
    } catch (error) {
      if (error instanceof InvalidCredentialsError) return false
      throw error
    }
  }

  /** Null: nobody, or more than one. What was typed is a value, never a part of the filter's text. */
  async findByEmail(email: string): Promise<DirectoryEntry | null> {
    const byEmail = new EqualityFilter({ attribute: this.settings.emailAttribute, value: email })
    const filter = new AndFilter({ filters: [userFilter(this.settings), byEmail] })
    const { searchEntries } = await this.client.search(this.settings.baseDn, { ...this.shape(filter), sizeLimit: 2 })
    const [only, another] = searchEntries.map((entry) => this.read(entry))
    return another ? null : (only ?? null)
  }

  async *all(): AsyncGenerator<DirectoryEntry> {
    const options = { ...this.shape(userFilter(this.settings)), paged: { pageSize } }
    for await (const { searchEntries } of this.client.searchPaginated(this.settings.baseDn, options)) {
      for (const entry of searchEntries) {
        const read = this.read(entry)
        if (read) yield read
      }
    }
  }

  private shape(filter: Filter) {
    const { emailAttribute, nameAttribute, idAttribute, groupsAttribute } = this.settings
    const attributes = [emailAttribute, nameAttribute, idAttribute, ...(groupsAttribute ? [groupsAttribute] : [])]
    return { scope: 'sub' as const, filter, attributes, explicitBufferAttributes: [idAttribute] }
  }

  private read(entry: Entry): DirectoryEntry | null {
    const { emailAttribute, nameAttribute, idAttribute, groupsAttribute } = this.settings
    const [id] = valuesOf(entry, idAttribute)
    if (id === undefined) return null
    const isBinary = /^(objectGUID|objectSid)$/i.test(idAttribute)
    return {
      dn: entry.dn,
      subject: isBinary ? Buffer.from(id).toString('hex') : String(id),
      email: textsOf(entry, emailAttribute)[0] ?? null,
      name: textsOf(entry, nameAttribute)[0] ?? null,
      groups: groupsAttribute === null ? null : textsOf(entry, groupsAttribute),
    }
  }
}

/** Names of attributes come back as the server writes them (RFC 4512 section 2.5). */
function valuesOf(entry: Entry, attribute: string): (Buffer | string)[] {
  const name = Object.keys(entry).find((one) => one.toLowerCase() === attribute.toLowerCase())
  const value = name === undefined ? [] : entry[name]!
  return Array.isArray(value) ? value : [value]
}
const textsOf = (entry: Entry, attribute: string): string[] => valuesOf(entry, attribute).map(String).filter(Boolean)

/** Throws what is wrong with it. */
export const userFilter = ({ userFilter: text }: Pick<LdapSettings, 'userFilter'>): Filter =>
  FilterParser.parseString(text)

export async function withDirectory<T>(
  outbound: Outbound,
  settings: LdapSettings,
  password: string,
  maxBytes: number,
  work: (directory: Directory) => Promise<T>,
): Promise<T> {
  const url = new URL(settings.url.replace(/^ldap/i, 'ldap'))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [address] = await outbound.addresses(host)
  const isSecure = url.protocol === 'ldaps:'
  if (!isSecure && !settings.startTls && !outbound.isInner(address!.address)) {
    throw new OutboundError('NO_TLS', 'Without TLS only inner networks are spoken to.')
  }
  const tls: ConnectionOptions = {
    host,
    ...(isIP(host) === 0 && { servername: host }),
    ...(settings.ca !== null && { ca: settings.ca }),
  }
  const opened: Socket[] = []
  const bounded = <S extends Socket>(socket: S): S => {
    let bytes = 0
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes)
        socket.destroy(new OutboundError('TOO_LARGE', `${host} answered with more than ${maxBytes} bytes`))
    })
    opened.push(socket)
    return socket
  }
  // Called with a port to open one, and with the options of a socket that is open already for StartTLS.
  const secure = (port: number | ConnectionOptions) =>
    typeof port === 'number'
      ? bounded(
          connectTls({
            ...tls,
            port,
            host: address!.address,
            checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
          }),
        )
      : bounded(connectTls(port))
  const client = new Client({
    url: settings.url,
    timeout: operationMs,
    connectTimeout: connectMs,
    ...(isSecure && { tlsOptions: tls }),
    createConnection: ((port: number) => bounded(connect({ port, host: address!.address }))) as never,
    createSecureConnection: secure as never,
  })
  try {
    if (settings.startTls) await client.startTLS(tls)
    return await work(new Directory(client, settings, password))
  } finally {
    await client.unbind().catch(() => undefined)
    for (const socket of opened) socket.destroy()
  }
}
