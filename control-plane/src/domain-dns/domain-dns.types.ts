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
  description: 'How much depends on a record.',
})
const VerdictEnum = enumOf(verdicts)
registerEnumType(VerdictEnum, {
  name: 'DnsVerdict',
  valuesConfig: {
    UNKNOWN: { description: 'Nobody answered, or it cannot be told: nothing is said to be wrong.' },
    OK: { description: 'It is there and does what it should.' },
    MISSING: { description: 'There is none.' },
    WRONG: { description: 'There is one, and it does not do what it should.' },
  },
  description: 'What came of looking for a record.',
})
const ReasonEnum = enumOf(Object.keys(findingReasons) as FindingReason[])
registerEnumType(ReasonEnum, {
  name: 'DnsFindingReason',
  valuesConfig: Object.fromEntries(
    Object.entries(findingReasons).map(([reason, description]) => [reason, { description }]),
  ),
  description: 'Why a record does not do what it should.',
})

@ObjectType({ description: 'A record to be published for a domain.' })
export class DnsRecord {
  @Field(() => String, { description: '`MX`, `TXT`, `CNAME`, `SRV`, `TLSA`, …' })
  type: string

  @Field(() => String, { description: 'The whole owner name, without a final dot.' })
  name: string

  @Field(() => String, { description: 'The data as a zone file has it, without the priority.' })
  value: string

  @Field(() => Int, { nullable: true, description: 'Of `MX` and `SRV`; null with all others.' })
  priority: number | null

  @Field(() => Int, { description: 'In seconds; a proposal.' })
  ttl: number

  @Field(() => String, { description: 'What it is for: OWNERSHIP, MX, SPF, DKIM, DMARC, SUBMISSIONS, IMAPS, ...' })
  purpose: string

  @Field(() => RecordNeedEnum, { description: 'What is missing without it.' })
  need: RecordNeed
}

@ObjectType({ description: 'What DNS has, beside what it should have.' })
export class DnsFinding {
  @Field(() => String, { description: 'As of `DnsRecord`.' })
  purpose: string

  @Field(() => RecordNeedEnum, { description: 'What is missing without the record.' })
  need: RecordNeed

  @Field(() => String, { description: 'The type of the record.' })
  type: string

  @Field(() => String, { description: 'Its whole owner name.' })
  host: string

  @Field(() => String, { description: 'What it should say.' })
  expected: string

  @Field(() => [String], { description: 'What is there, one text for each record.' })
  found: string[]

  @Field(() => VerdictEnum, {
    description: 'Whether what is there does what is expected, by its meaning and not its letters.',
  })
  verdict: Verdict

  @Field(() => ReasonEnum, { nullable: true, description: 'Why it does not; null with `OK`.' })
  reason: FindingReason | null

  @Field(() => String, { nullable: true, description: 'The name, address or term that the reason is about.' })
  detail: string | null
}

@ObjectType({ description: 'What was found in DNS when a domain was last looked at.' })
export class DnsCheck {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Null: not yet.' })
  checkedAt: Date | null

  @Field(() => DateTimeScalar, { description: 'When it is looked at again at the latest.' })
  nextCheckAt: Date

  @Field(() => [DnsFinding], { description: 'One for each record that is expected.' })
  findings: DnsFinding[]
}

@ObjectType({ description: 'A record that had been right and was not any more.' })
export class DomainAlert {
  @Field(() => ID, { description: 'A UUID of the alert itself.' })
  id: string

  @Field(() => Domain, { description: 'Whose records these are.' })
  domain: Domain

  @Field(() => String, { description: 'As of `DnsRecord`.' })
  purpose: string

  @Field(() => String, { description: 'The owner name of the record.' })
  host: string

  @Field(() => VerdictEnum, { description: 'What was amiss when the alert was opened.' })
  verdict: Verdict

  @Field(() => ReasonEnum, { nullable: true, description: 'Why, where more is known.' })
  reason: FindingReason | null

  @Field(() => String, { description: 'What the record should say.' })
  expected: string

  @Field(() => [String], { description: 'When the alert was opened.' })
  found: string[]

  @Field(() => DateTimeScalar, { description: 'When a record that had been right was found amiss.' })
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
  @Field(() => ID, { description: 'Of the domain whose records are looked at now.' })
  id: string
}
