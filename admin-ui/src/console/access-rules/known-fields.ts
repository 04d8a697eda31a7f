/** The names of fields that a rule can speak of, as the API's own description has them. */
import { gql as composed, type TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import type { AccessSubject } from '../../graphql/graphql.ts'

interface Described {
  fields: { name: string }[] | null
  inputFields: { name: string }[] | null
}
type Answer = Record<string, Described | null>

function documentFor(types: { key: string; name: string }[]): TypedDocumentNode<Answer, Record<string, never>> {
  const asked = types.map(({ key, name }) => `${key}: __type(name: "${name}") { fields { name } inputFields { name } }`)
  return composed`query RuleFieldNames { ${asked.join('\n')} }`
}

/** Of one kind of object: what can be read of it, and what its mutations take. */
export function useKnownFields(subject: () => AccessSubject | undefined) {
  const types = computed(() => {
    const name = subject()
    return name === undefined
      ? []
      : [
          { key: 'object', name },
          { key: 'create', name: `Create${name}Input` },
          { key: 'update', name: `Update${name}Input` },
        ]
  })
  const { data } = useQuery<Answer, Record<string, never>>({
    query: computed(() => documentFor(types.value.length > 0 ? types.value : [{ key: 'object', name: 'Tenant' }])),
    variables: {},
    pause: computed(() => types.value.length === 0),
  })
  const namesOf = (described: Described | null | undefined) =>
    (described?.fields ?? described?.inputFields ?? []).map(({ name }) => name)
  return computed(() =>
    types.value.length === 0
      ? []
      : [...new Set(types.value.flatMap(({ key }) => namesOf(data.value?.[key])))]
          .filter((name) => name !== 'id' && name !== 'version')
          .sort(),
  )
}
