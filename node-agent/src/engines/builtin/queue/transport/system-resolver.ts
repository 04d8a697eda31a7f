/** The resolvers of this machine or of the settings, as node:dns asks them: of what they say nothing is proven. */
import { Resolver } from 'node:dns/promises'
import type { HopResolver, LookUp } from '../next-hops.js'

export function systemResolver(servers: string[] | undefined): HopResolver {
  const resolver = new Resolver({ timeout: 5_000, tries: 2 })
  if (servers && servers.length > 0) resolver.setServers(servers)
  const unproven = async <T>(name: string, answer: Promise<T[]>): Promise<LookUp<T>> => ({
    records: await answer.catch((error: { code?: string }) => {
      if (error.code === 'ENODATA') return []
      throw error
    }),
    secure: false,
    canonicalName: name,
  })
  return {
    resolveMx: (domain) => unproven(domain, resolver.resolveMx(domain)),
    resolve4: (host) => unproven(host, resolver.resolve4(host)),
    resolve6: (host) => unproven(host, resolver.resolve6(host)),
    resolveTxt: (name) =>
      unproven(
        name,
        resolver.resolveTxt(name).then((texts) => texts.map((strings) => strings.join(''))),
      ),
  }
}
