/** Which columns of a list are shown: those that fit the screen, until the viewer chooses; the choice is kept in this browser. */
import { computed, shallowRef, type ComputedRef } from 'vue'
import { readPreference, writePreference } from '../../preferences/storage.ts'
import type { Column } from '../../ui/columns.ts'

export function useColumns<Field extends string>(texts: string, columns: ComputedRef<Column<Field>[]>) {
  const name = `columns.${texts}`
  const chosen = shallowRef(readPreference(name)?.split(',').filter(Boolean) ?? [])

  function choose(keys: string[]): void {
    chosen.value = keys
    writePreference(name, keys.join(','))
  }
  // What the first column says is what a row is.
  const choosable = computed(() => columns.value.slice(1))
  const isShown = (key: string) =>
    chosen.value.length === 0 ? !columns.value.find((one) => one.key === key)?.hidden : chosen.value.includes(key)
  const shown = computed<Column<Field>[]>(() => {
    const asked = columns.value.filter(({ key }, index) => index === 0 || isShown(key))
    // Who chose a column wants it on a narrow screen too.
    return chosen.value.length === 0 ? asked : asked.map((column) => ({ ...column, from: undefined }))
  })

  return {
    shown,
    choosable,
    isShown,
    isChosen: computed(() => chosen.value.length > 0),
    toggle: (key: string) =>
      choose([
        columns.value[0]!.key,
        ...choosable.value.map((column) => column.key).filter((one) => isShown(one) !== (one === key)),
      ]),
    reset: () => choose([]),
  }
}
