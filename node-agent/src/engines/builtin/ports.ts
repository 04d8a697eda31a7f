/** From the port settings to listening servers, and from what the system says to a line that names the setting. */
import { portVariable } from '../../settings.js'
import type { PortName, PortSettings, Settings } from '../../settings.js'
import { StartError } from '../../start-error.js'
import type { ListenAddress, ProtocolServer, StreamAddress } from './net/index.js'

/** Where a protocol listens: nowhere when its port is off. */
export const addressesOf = ({ bindAddress, ports }: Settings, name: PortName): ListenAddress[] => {
  const port = ports[name]
  return port === null ? [] : [{ host: bindAddress, port }]
}

/** IMAP's or POP3's: the port with STARTTLS first, then that with TLS from the first octet. */
export const streamAddressesOf = (settings: Settings, name: 'imap' | 'pop3'): StreamAddress[] => [
  ...addressesOf(settings, name).map((address) => ({ ...address, implicitTls: false })),
  ...addressesOf(settings, `${name}s`).map((address) => ({ ...address, implicitTls: true })),
]

const reasons: Record<string, string> = {
  EADDRINUSE: 'is in use by another program',
  EACCES: 'may only be opened by a privileged user',
}

export async function listen(server: ProtocolServer, settings: Settings): Promise<void> {
  try {
    await server.listen()
  } catch (error) {
    const { code = '', port, message } = error as NodeJS.ErrnoException & { port?: number }
    if (code === 'EADDRNOTAVAIL') {
      throw new StartError(
        `this machine does not have the address ${settings.bindAddress}: change MAILFLEET_BIND_ADDRESS`,
      )
    }
    const name = (Object.keys(settings.ports) as PortName[]).find((each) => settings.ports[each] === port)
    if (name === undefined || !(code in reasons)) throw new StartError(`a port cannot be opened: ${message}`)
    throw new StartError(`port ${port} ${reasons[code]}: set ${portVariable(name)} to another one`)
  }
}

/** `opened`: the ports of a server in the order of `names`, those that are off left out. */
export function assignPorts(settings: Settings, names: PortName[], opened: number[]): Partial<PortSettings> {
  const on = names.filter((name) => settings.ports[name] !== null)
  return Object.fromEntries(on.map((name, index) => [name, opened[index] ?? null]))
}

export const noPorts: PortSettings = {
  smtp: null,
  submission: null,
  submissions: null,
  imap: null,
  imaps: null,
  pop3: null,
  pop3s: null,
}
