import { Arg, Args, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Domain, DomainPayload, domainPayload, type ExpectedRecord } from '../domains/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { defineLoader } from '../platform/loader.js'
import type { DnsChecker } from './dns-checker.js'
import { dnsCheckOfDomain, listAlerts, openAlertCountOfDomain } from './domain-dns.queries.js'
import {
  DnsCheck,
  DnsRecord,
  DomainAlertConnection,
  DomainAlertsArguments,
  VerifyDomainInput,
  type DomainAlert,
} from './domain-dns.types.js'
import { verifyDomain } from './verify-domain.js'

const ttl = 3_600

@Resolver(() => Domain)
export class DomainDnsResolver {
  private readonly expectedRecords

  constructor(private readonly checker: DnsChecker) {
    this.expectedRecords = defineLoader<AdminContext, Domain, ExpectedRecord[]>(async ({ database }, domains) =>
      (await checker.expectations(database, domains)).map(({ records }) => records),
    )
  }

  @FieldResolver(() => [DnsRecord], { description: 'What to publish in DNS for this domain.' })
  async dnsRecords(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<DnsRecord[]> {
    const records = await this.expectedRecords(context).load(domain)
    return records.map(({ host, ...record }) => ({ ...record, name: host, ttl }))
  }

  @FieldResolver(() => DnsCheck, { nullable: true, description: 'What was found when DNS was last asked.' })
  dnsCheck(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<DnsCheck | null> {
    return dnsCheckOfDomain(context).load(domain.id)
  }

  @FieldResolver(() => Int, { description: 'Records that had been right and are not now.' })
  openAlertCount(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<number> {
    return openAlertCountOfDomain(context).load(domain.id)
  }

  @Query(() => DomainAlertConnection, { description: 'Newest first.' })
  @Allow('read', 'Domain')
  domainAlerts(
    @Args(() => DomainAlertsArguments) request: DomainAlertsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<DomainAlert>> {
    return listAlerts(context, request)
  }

  @Mutation(() => DomainPayload, {
    description:
      'Asks DNS now: proves the domain if its TXT record is there, and checks all others. Every ten seconds at most.',
  })
  @Allow('update', 'Domain')
  async verifyDomain(
    @Arg('input', () => VerifyDomainInput) input: VerifyDomainInput,
    @Ctx() context: AdminContext,
  ): Promise<DomainPayload> {
    return domainPayload(context, await verifyDomain(context, this.checker, input.id))
  }
}
