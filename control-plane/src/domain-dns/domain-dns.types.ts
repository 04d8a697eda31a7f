/** DNS records, findings and alerts as the API shows them. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Domain, type RecordNeed } from '../domains/index.js'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { findingReasons, verdicts, type FindingReason, type Verdict } from './checks/finding.js'

const enumOf = <T extends string>(values: readonly T[]): Record<string, T> =>
  Object.fromEntries(values.map((value) => [value, value]))

const RecordNeedEnum = enumOf(['REQUIRED', 'RECOMMENDED', 'OPTIONAL'] satisfies RecordNeed[])
registerEnumType(RecordNeedEnum, {
  name: 'DnsRecordNeed',
  valuesConfig: {
    REQUIRED: { description: 'Without it there is no mail.' },
    RECOMMENDED: { description: 'Without it mail is trusted less.' },
    OPTIONAL: { description: 'A convenience.' },
  },
})
const VerdictEnum = enumOf(verdicts)
registerEnumType(VerdictEnum, {
  name: 'DnsVerdict',
  valuesConfig: { UNKNOWN: { description: 'Nobody answered, or it cannot be told: nothing is said to be wrong.' } },
})
const ReasonEnum = enumOf(Object.keys(findingReasons) as FindingReason[])
registerEnumType(ReasonEnum, {
  name: 'DnsFindingReason',
  valuesConfig: Object.fromEntries(
    Object.entries(findingReasons).map(([reason, description]) => [reason, { description }]),
  ),
})

@ObjectType()
export class DnsRecord {
  @Field(() => String)
  type: string

  @Field(() => String)
  name: string

  @Field(() => String)
  value: string

  @Field(() => Int, { nullable: true })
  priority: number | null

  @Field(() => Int)
  ttl: number

  @Field(() => String, { description: 'What it is for: OWNERSHIP, MX, SPF, DKIM, DMARC, SUBMISSIONS, IMAPS, ...' })
  purpose: string

  @Field(() => RecordNeedEnum)
  need: RecordNeed
}

@ObjectType({ description: 'What DNS has, beside what it should have.' })
export class DnsFinding {
  @Field(() => String, { description: 'As of `DnsRecord`.' })
  purpose: string

  @Field(() => RecordNeedEnum)
  need: RecordNeed

  @Field(() => String)
  type: string

  @Field(() => String)
  host: string

  @Field(() => String)
  expected: string

  @Field(() => [String])
  found: string[]

  @Field(() => VerdictEnum)
  verdict: Verdict

  @Field(() => ReasonEnum, { nullable: true })
  reason: FindingReason | null

  @Field(() => String, { nullable: true, description: 'The name, address or term that the reason is about.' })
  detail: string | null
}

@ObjectType()
export class DnsCheck {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Null: not yet.' })
  checkedAt: Date | null

  @Field(() => DateTimeScalar)
  nextCheckAt: Date

  @Field(() => [DnsFinding])
  findings: DnsFinding[]
}

@ObjectType({ description: 'A record that had been right and was not any more.' })
export class DomainAlert {
  @Field(() => ID)
  id: string

  @Field(() => Domain)
  domain: Domain

  @Field(() => String)
  purpose: string

  @Field(() => String)
  host: string

  @Field(() => VerdictEnum)
  verdict: Verdict

  @Field(() => ReasonEnum, { nullable: true })
  reason: FindingReason | null

  @Field(() => String)
  expected: string

  @Field(() => [String], { description: 'When the alert was opened.' })
  found: string[]

  @Field(() => DateTimeScalar)
  openedAt: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was right again; null: it still is not.' })
  resolvedAt: Date | null
}

@ObjectType()
class DomainAlertEdge extends edgeOf(DomainAlert) {}

@ObjectType()
export class DomainAlertConnection extends countedConnectionOf(DomainAlert, DomainAlertEdge) {}

@InputType()
export class DomainAlertFilter {
  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of domains of this tenant and all below it.' })
  withinId?: string | null

  @Field(() => Boolean, { nullable: true, description: 'Those that are not resolved, or only those that are.' })
  open?: boolean | null
}

@ArgsType()
export class DomainAlertsArguments extends PageArguments {
  @Field(() => DomainAlertFilter, { nullable: true })
  filter?: DomainAlertFilter | null
}

@InputType()
export class VerifyDomainInput {
  @Field(() => ID)
  id: string
}
