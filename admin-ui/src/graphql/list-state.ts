/**
 * What a list shows, held in the address bar: filters, search, order and cursor. It can be linked to, reloaded and gone back
 * to. Whatever changes the set of rows also drops the cursor, which points into the old set.
 */
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'

const pageSize = 50

/** The Relay paging arguments. */
export interface Paging {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

export function useListState(prefix = '') {
  const route = useRoute()
  const router = useRouter()
  const keyOf = (name: string) => (prefix ? `${prefix}.${name}` : name)
  const read = (name: string): string => {
    const value = route.query[keyOf(name)]
    return typeof value === 'string' ? value : ''
  }

  function write(changes: Record<string, string>, keepCursor = false): void {
    const query: LocationQueryRaw = { ...route.query }
    if (!keepCursor) for (const name of ['after', 'before']) delete query[keyOf(name)]
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') delete query[keyOf(name)]
      else query[keyOf(name)] = value
    }
    void router[keepCursor ? 'push' : 'replace']({ query, hash: route.hash })
  }

  return {
    read,
    write,
    param: (name: string): WritableComputedRef<string> =>
      computed({ get: () => read(name), set: (value) => write({ [name]: value }) }),
    page: computed<Paging>(() => {
      const before = read('before')
      if (before) return { last: pageSize, before }
      const after = read('after')
      return after ? { first: pageSize, after } : { first: pageSize }
    }),
    atStart: computed(() => !read('before') && !read('after')),
    toNext: (cursor: string) => write({ after: cursor, before: '' }, true),
    toPrevious: (cursor: string) => write({ before: cursor, after: '' }, true),
    toStart: () => write({ after: '', before: '' }, true),
    clear: (names: string[]) => write(Object.fromEntries(names.map((name) => [name, '']))),
  }
}

/** `name:desc` in the address bar, `{ field: 'NAME', direction: 'DESC' }` on the wire. */
export function parseOrder<Field extends string>(
  text: string,
  fields: readonly Field[],
): { field: Field; direction: 'ASC' | 'DESC' } | undefined {
  const [name = '', direction] = text.split(':')
  const field = fields.find((known) => known === name.toUpperCase())
  return field && { field, direction: direction === 'desc' ? 'DESC' : 'ASC' }
}
