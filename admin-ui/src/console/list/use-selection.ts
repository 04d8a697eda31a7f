/** Which rows of a list are chosen: one by one, or all that its filter selects, those not yet scrolled to included. */
import { computed, reactive, ref, shallowRef, watch } from 'vue'
import type { Selection } from '../../ui/selection.ts'

/** What one bulk mutation takes by id. */
export const mostByHand = 1_000

export function useSelection(options: {
  rows: () => readonly { id: string }[]
  total: () => number | undefined
  /** Changes with what the list selects: then nothing is chosen any more. */
  key: () => unknown
}) {
  const ids = shallowRef<ReadonlySet<string>>(new Set())
  const everything = ref(false)
  let anchor = ''

  const has = (id: string) => everything.value || ids.value.has(id)
  function set(next: Iterable<string>): void {
    ids.value = new Set(next)
    everything.value = false
  }
  const chosen = () => (everything.value ? options.rows().map(({ id }) => id) : [...ids.value])

  function toggle(id: string): void {
    anchor = id
    set(has(id) ? chosen().filter((one) => one !== id) : [...chosen(), id])
  }
  function extendTo(id: string): void {
    const order = options.rows().map((row) => row.id)
    const [from, to] = [order.indexOf(anchor), order.indexOf(id)].sort((one, other) => one - other) as [number, number]
    if (from < 0) return toggle(id)
    set([...chosen(), ...order.slice(from, to + 1)])
  }
  function clear(): void {
    set([])
  }
  const state = computed<Selection['state']>(() => {
    if (everything.value) return 'all'
    if (ids.value.size === 0) return 'none'
    return options.rows().every(({ id }) => ids.value.has(id)) ? 'all' : 'some'
  })

  watch(options.key, clear)
  // Who was deleted meanwhile is not chosen any more; who was scrolled past is.
  watch(options.rows, (now, before) => {
    const there = new Set(now.map(({ id }) => id))
    const gone = before.filter(({ id }) => !there.has(id) && ids.value.has(id))
    if (gone.length > 0) set([...ids.value].filter((id) => !gone.some((row) => row.id === id)))
  })

  return reactive({
    has,
    state,
    toggle,
    extendTo,
    clear,
    toggleShown: () => (state.value === 'all' ? clear() : set(options.rows().map(({ id }) => id))),
    selectEverything: () => (everything.value = true),
    everything,
    ids,
    count: computed(() => (everything.value ? (options.total() ?? options.rows().length) : ids.value.size)),
  })
}
