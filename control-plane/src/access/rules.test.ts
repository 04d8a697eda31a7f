/** The algebra of rules against CASL's own answers, for random trees, rules and objects. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { abilityOf } from './ability.js'
import { conjunction, isPartOf, type Conditions } from './conditions.js'
import { tenantCeiling } from './built-in-roles.js'
import { covers, intersect, withoutDenials, type Rule } from './rules.js'
import { isScopeOf, rulesFrom, scopeNames, type RuleTemplate } from './rule-template.js'
import { actionNames, pathsAbove, permissionSubject, type Action, type SubjectName } from './subjects.js'

const paths = ['p', 'p.r', 'p.r.s', 'p.r.s.c', 'p.r.d', 'p.q']
const subjects = ['Tenant', 'Administrator', 'Mailbox', 'Domain', 'Budget'] as const satisfies readonly SubjectName[]
const fields = ['name', 'password', 'quotaBytes']
const domains = ['d1', 'd2', 'd3']
const people = ['a1', 'a2']
const roles = ['RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT']

/** Every object of a small world, and every question about it. */
interface Question {
  action: Action
  object: ReturnType<typeof permissionSubject>
  field?: string
}
const questions: Question[] = subjects.flatMap((name) =>
  paths.flatMap((path) =>
    domains.flatMap((domainId, index) =>
      actionNames.flatMap((action) =>
        [undefined, ...fields].map((field) => ({
          action,
          field,
          object: permissionSubject(name, {
            id: name === 'Domain' ? domainId : people[index % 2],
            domainId,
            role: roles[index],
            within: pathsAbove(path),
          }),
        })),
      ),
    ),
  ),
)
const allows = (rules: readonly Rule[]) => {
  const ability = abilityOf(rules)
  return ({ action, object, field }: Question) => ability.can(action, object, field)
}

const template: fc.Arbitrary<RuleTemplate> = fc
  .record({
    effect: fc.constantFrom('ALLOW' as const, 'ALLOW' as const, 'DENY' as const),
    actions: fc.subarray([...actionNames], { minLength: 1 }),
    subjects: fc.subarray([...subjects], { minLength: 1 }),
    fields: fc.option(fc.subarray(fields, { minLength: 1 }), { nil: null, freq: 2 }),
    scope: fc.constantFrom(...scopeNames),
    domainIds: fc.subarray(domains, { minLength: 1 }),
    roles: fc.option(fc.subarray(roles, { minLength: 1 }), { nil: undefined }),
  })
  .map((rule) => ({ ...rule, subjects: rule.subjects.filter((subject) => isScopeOf(rule.scope, subject)) }))

const rulesAt = fc
  .tuple(fc.array(template, { maxLength: 5 }), fc.constantFrom(...paths), fc.constantFrom(...people))
  .map(([templates, tenantPath, administratorId]) =>
    templates.flatMap((rule) =>
      rulesFrom(rule, { tenantPath, administratorId, administratorPath: tenantPath }, { kind: 'TOKEN' }),
    ),
  )

const ceiling = fc
  .tuple(fc.constantFrom('PLATFORM' as const, 'RESELLER' as const, 'CUSTOMER' as const), fc.constantFrom(...paths))
  .map(([kind, path]) => tenantCeiling({ id: path, kind, path }))

test('an intersection allows what both allow', () => {
  fc.assert(
    fc.property(rulesAt, fc.oneof(rulesAt, ceiling), (one, other) => {
      const [both, a, b] = [allows(intersect(one, other)), allows(one), allows(other)]
      for (const question of questions) {
        // Without a field CASL asks for some field; of two sets those may be different ones.
        const expected = a(question) && b(question)
        if (question.field !== undefined) expect(both(question)).toBe(expected)
        else if (both(question)) expect(expected).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})

test('what needs no denials allows no more', () => {
  fc.assert(
    fc.property(rulesAt, (rules) => {
      const [kept, all] = [allows(withoutDenials(rules)), allows(rules)]
      for (const question of questions) if (kept(question)) expect(all(question)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

/** Rules that end at some moment, or never. */
const endingRules = (rules: fc.Arbitrary<Rule[]>): fc.Arbitrary<Rule[]> =>
  fc
    .tuple(rules, fc.infiniteStream(fc.constantFrom(undefined, undefined, 1, 2)))
    .map(([made, ends]) => made.map((rule, index) => ({ ...rule, until: [...ends.take(index + 1)].at(-1) })))
const stillAt = (rules: readonly Rule[], now: number): Rule[] =>
  rules.filter(({ until }) => until === undefined || until > now)

test('no chain of makers ever gives more than the first of them had, nor for longer', () => {
  let given = 0
  fc.assert(
    fc.property(
      endingRules(fc.oneof(ceiling, rulesAt)),
      fc.array(fc.tuple(endingRules(rulesAt), ceiling, fc.boolean()), { maxLength: 12 }),
      (first, chain) => {
        let maker = first
        for (const [wanted, owner, modest] of chain) {
          const made = intersect(modest ? intersect(wanted, maker) : wanted, owner)
          if (!covers(maker, made)) continue
          if (made.some(({ effect }) => effect === 'ALLOW')) given++
          maker = made
        }
        for (const now of [0, 1, 2]) {
          const [last, had] = [allows(stillAt(maker, now)), allows(stillAt(first, now))]
          for (const question of questions) if (last(question)) expect(had(question)).toBe(true)
        }
      },
    ),
    { numRuns: 150 },
  )
  // Else nobody gave anything.
  expect(given).toBeGreaterThan(5)
})

test('what the maker is denied is not withheld by a denial that ends by itself', () => {
  const target = { tenantPath: 'p', administratorId: 'a', administratorPath: 'p' }
  const template = { actions: ['read'], subjects: ['Mailbox'], scope: 'SUBTREE' } as const
  const set = (expiresAt: string | null): Rule[] => [
    ...rulesFrom({ ...template, effect: 'ALLOW' }, target, { kind: 'TOKEN' }),
    ...rulesFrom({ ...template, effect: 'DENY', expiresAt }, target, { kind: 'TOKEN' }),
  ]
  const soon = new Date(Date.now() + 60_000).toISOString()
  expect([covers(set(null), set(null)), covers(set(null), set(soon))]).toEqual([true, false])
})

test('conditions: a part is what does not shrink, and the order does not matter', () => {
  const condition: fc.Arbitrary<Conditions> = fc.record(
    {
      within: fc.constantFrom(...paths),
      tenantPath: fc.constantFrom(...paths),
      role: fc.subarray(roles, { minLength: 1 }).map((values) => ({ $in: values })),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Conditions>
  fc.assert(
    fc.property(condition, condition, (a, b) => {
      const both = conjunction(a, b)
      expect(conjunction(b, a) === null).toBe(both === null)
      if (both) expect([isPartOf(both, a), isPartOf(both, b)]).toEqual([true, true])
    }),
  )
})

test.each<[string, Record<string, unknown>]>([
  ['Mailbox', { id: 'm', within: ['p'] }],
  ['Domain', { id: 'd' }],
  ['ApiToken', { id: 't' }],
])('a %s without what scopes look at is no subject', (name, object) => {
  expect(() => permissionSubject(name as SubjectName, object)).toThrow(/lacks/)
})
