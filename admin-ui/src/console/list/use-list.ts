/**
 * A list of one kind of object that the server searches, filters and sorts, with all of that in the address bar (see
 * list-state.ts), read as far as it is scrolled to. ListView shows it. Texts are `<texts>.title`, `.create`, `.empty`,
 * `.emptyText` and, of one that the server searches, `.searchLabel`.
 */
import type { TypedDocumentNode } from '@urql/core'
import { computed, type Component } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Status } from '../../graphql/graphql.ts'
import { parseOrder, useListState, type Paging } from '../../graphql/list-state.ts'
import type { Connection } from '../../graphql/use-connection.ts'
import { useRows } from '../../graphql/use-rows.ts'
import { useSession } from '../../session/session.store.ts'
import type { Column } from '../../ui/columns.ts'
import type { BulkKind } from '../bulk/bulk-kind.ts'
import { readTyped, type Facet } from './typed-query.ts'
import { useColumns } from './use-columns.ts'
import { useLiveRows, type LiveDocument } from './use-live-rows.ts'
import { useSelection } from './use-selection.ts'

/** A filter with a fixed set of values. `label` and `any` are texts, as is `enums.<of>.<value>` for each value. */
export interface Choice<Value extends string = string> {
  label: string
  any: string
  of: string
  values: readonly Value[]
}
export const byStatus: Choice<Status> = {
  label: 'common.status',
  any: 'common.allStatuses',
  of: 'status',
  values: ['ACTIVE', 'SUSPENDED'],
}
/** In place of all others, those that are deleted and can be restored. */
export const deletedOnly: Choice<'YES'> = {
  label: 'list.deleted',
  any: 'list.notDeleted',
  of: 'deleted',
  values: ['YES'],
}

type Asked<Choices> = { search?: string; within?: string } & {
  [Name in keyof Choices]?: Choices[Name] extends Choice<infer Value> ? Value : never
}

export function useList<
  Row extends { id: string },
  Filter,
  Field extends string,
  const Choices extends Record<string, Choice>,
>(options: {
  type: string
  texts: string
  icon: Component
  query: TypedDocumentNode<
    { connection: Connection<Row> },
    Paging & { filter?: Filter; orderBy?: { field: Field; direction: 'ASC' | 'DESC' } | null }
  >
  columns: () => Column<NoInfer<Field>>[]
  /** By their names in the address bar. */
  choices: Choices
  /** What the viewer asked for, as the query wants it. */
  filter: (asked: Asked<Choices>) => NoInfer<Filter>
  /** The newest state of a row, where something other than the query tells it. */
  newest?: (row: Row) => Row
  /** Tells what becomes of the rows. */
  live?: LiveDocument<never>
  /** What can be done with many rows at once. */
  bulk?: BulkKind<Row>
}) {
  const { t } = useI18n()
  const session = useSession()
  const { newest = (row: Row) => row } = options
  const state = useListState()
  const asked = (name: string) => state.read(name) || undefined
  const columns = computed(options.columns)
  const filter = computed(() =>
    options.filter({
      search: asked('q'),
      within: asked('within'),
      ...Object.fromEntries(
        Object.entries(options.choices).map(([name, { values }]) => [name, values.find((one) => one === asked(name))]),
      ),
    } as Asked<Choices>),
  )
  const read = useRows({
    query: options.query,
    typename: options.type,
    variables: computed(() => ({
      filter: filter.value,
      orderBy: parseOrder(
        state.read('order'),
        columns.value.flatMap(({ sort }) => sort ?? []),
      ),
    })),
  })
  const rows = computed(() => read.rows.value.map(newest))
  const filters = ['q', ...Object.keys(options.choices)]
  const facets = computed<Facet[]>(() =>
    Object.entries(options.choices).map(([name, { label, any, of, values }]) => ({
      name,
      label: t(label),
      options: [{ value: '', label: t(any) }, ...values.map((value) => ({ value, label: t(`enums.${of}.${value}`) }))],
    })),
  )
  const bulk = options.bulk?.actions.some(({ may }) => session.can(may, options.type)) ? options.bulk : undefined
  const selection = useSelection({
    rows: () => rows.value,
    total: () => read.totalCount.value,
    key: () => JSON.stringify(filter.value),
  })

  if (options.live)
    useLiveRows<Row>({
      document: options.live,
      type: options.type,
      withinId: () => asked('within'),
      amend: read.amend,
      // Nothing may move under the eyes of somebody who reads further down.
      added: () => (window.scrollY < 200 ? read.reload() : (read.outdated.value = true)),
      reload: read.reload,
    })

  return {
    ...read,
    type: options.type,
    texts: options.texts,
    icon: options.icon,
    state,
    filter,
    columns,
    columnChoice: useColumns(options.texts, columns),
    rows,
    find: (id: string) => rows.value.find((row) => row.id === id),
    filtered: computed(() => filters.some((name) => asked(name))),
    clearFilters: () => state.clear(filters),
    facets,
    /** Words are searched for; what names a facet and its value goes where facets are kept. */
    search(text: string): string {
      const { words, chosen } = readTyped(text, facets.value)
      state.write({ q: words, ...chosen })
      return words
    },
    bulk: bulk && session.can('create', 'Job') ? bulk : undefined,
    selection,
  }
}

export type List<Row extends { id: string }> = ReturnType<typeof useList<Row, unknown, string, Record<string, Choice>>>
