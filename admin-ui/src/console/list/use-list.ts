/**
 * A list of one kind of object that the server searches, filters, sorts and pages, with all of that in the address bar (see
 * list-state.ts). ListView shows it. Texts are `<texts>.title`, `.searchLabel`, `.create`, `.empty` and `.emptyText`.
 */
import type { TypedDocumentNode } from '@urql/core'
import { computed, type Component } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Status } from '../../graphql/graphql.ts'
import { parseOrder, useListState, type Paging } from '../../graphql/list-state.ts'
import { useConnection, type Connection } from '../../graphql/use-connection.ts'
import type { Column } from '../../ui/columns.ts'

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
}) {
  const { t } = useI18n()
  const { newest = (row: Row) => row } = options
  const state = useListState()
  const asked = (name: string) => state.read(name) || undefined
  const columns = computed(options.columns)
  const connection = useConnection({
    query: options.query,
    typename: options.type,
    variables: computed(() => ({
      ...state.page.value,
      filter: options.filter({
        search: asked('q'),
        within: asked('within'),
        ...Object.fromEntries(
          Object.entries(options.choices).map(([name, { values }]) => [
            name,
            values.find((one) => one === asked(name)),
          ]),
        ),
      } as Asked<Choices>),
      orderBy: parseOrder(
        state.read('order'),
        columns.value.flatMap(({ sort }) => sort ?? []),
      ),
    })),
  })
  const rows = computed(() => connection.nodes.value.map(newest))
  const filters = ['q', ...Object.keys(options.choices)]

  return {
    ...connection,
    type: options.type,
    texts: options.texts,
    icon: options.icon,
    state,
    columns,
    rows,
    find: (id: string) => rows.value.find((row) => row.id === id),
    filtered: computed(() => filters.some((name) => asked(name))),
    clearFilters: () => state.clear(filters),
    choices: computed(() =>
      Object.entries(options.choices).map(([name, { label, any, of, values }]) => ({
        name,
        label: t(label),
        options: [
          { value: '', label: t(any) },
          ...values.map((value) => ({ value, label: t(`enums.${of}.${value}`) })),
        ],
      })),
    ),
  }
}

export type List<Row extends { id: string }> = ReturnType<typeof useList<Row, unknown, string, Record<string, Choice>>>
