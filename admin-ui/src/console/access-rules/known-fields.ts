/** The names of fields that a rule can speak of, as the API's own description has them. */
import { gql as composed, type TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import type { AccessAction, AccessSubject } from '../../graphql/graphql.ts'

interface Described {
  fields: { name: string }[] | null
  inputFields: { name: string }[] | null
}
type Answer = Record<string, Described | null>

function documentFor(types: { key: string; name: string }[]): TypedDocumentNode<Answer, Record<string, never>> {
  const asked = types.map(({ key, name }) => `${key}: __type(name: "${name}") { fields { name } inputFields { name } }`)
  return composed`query RuleFieldNames { ${asked.join('\n')} }`
}

/** Of one kind of object: what each of the actions knows, as a rule is refused that names anything else. */
export function useKnownFields(subject: () => AccessSubject | undefined, actions: () => readonly AccessAction[]) {
  const types = computed((): { key: string; action: AccessAction; name: string }[] => {
    const name = subject()
    return name === undefined
      ? []
      : [
          { key: 'object', action: 'READ', name },
          { key: 'create', action: 'CREATE', name: `Create${name}Input` },
          { key: 'update', action: 'UPDATE', name: `Update${name}Input` },
        ]
  })
  const { data } = useQuery<Answer, Record<string, never>>({
    query: computed(() => documentFor(types.value.length > 0 ? types.value : [{ key: 'object', name: 'Tenant' }])),
    variables: {},
    pause: computed(() => types.value.length === 0),
  })
  const namesOf = (described: Described | null | undefined) =>
    (described?.fields ?? described?.inputFields ?? []).map(({ name }) => name)
  return computed(() => {
    const asked = types.value.filter(({ action }) => actions().includes(action))
    // Other actions are about the whole of an object.
    if (asked.length === 0 || asked.length < actions().length) return []
    const [first = [], ...others] = asked.map(({ key }) => namesOf(data.value?.[key]))
    return first.filter((name) => others.every((names) => names.includes(name))).sort()
  })
}
