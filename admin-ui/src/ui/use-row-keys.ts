/**
 * A table by keyboard: arrows, Home, End and Page keys lead from row to row, Enter opens, Space selects, Shift with an arrow
 * extends what is selected, Escape lets it go. Letters are nobody's: a shortcut must not fire while an input method composes.
 */
import { nextTick, ref, type Ref } from 'vue'
import type { Selection } from './selection.ts'

const pageRows = 15

export function useRowKeys(options: {
  body: Ref<HTMLElement | null>
  rows: () => readonly { id: string }[]
  selection: () => Selection | undefined
}) {
  const active = ref(0)
  const rowAt = (index: number) => options.body.value?.querySelector<HTMLElement>(`tr[data-index="${index}"]`)

  async function goTo(index: number): Promise<void> {
    active.value = Math.max(0, Math.min(options.rows().length - 1, index))
    await nextTick()
    const row = rowAt(active.value)
    row?.focus({ preventScroll: true })
    row?.scrollIntoView({ block: 'nearest' })
  }

  const moves: Record<string, () => number> = {
    ArrowDown: () => active.value + 1,
    ArrowUp: () => active.value - 1,
    PageDown: () => active.value + pageRows,
    PageUp: () => active.value - pageRows,
    Home: () => 0,
    End: () => options.rows().length - 1,
  }

  function onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    const onRow = target.matches('tr[data-index]')
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    // Inside of a row a button or field has its own use of keys; a link has none of arrows.
    if (!onRow && !target.matches('a, input[type="checkbox"]')) return
    const move = moves[event.key]
    const row = options.rows()[active.value]
    const selection = options.selection()
    if (move) {
      event.preventDefault()
      const extended = event.shiftKey && selection
      if (extended && row && !selection.has(row.id)) selection.toggle(row.id)
      void goTo(move()).then(() => {
        const reached = options.rows()[active.value]
        if (extended && reached) selection.extendTo(reached.id)
      })
    } else if (onRow && event.key === 'Enter') {
      event.preventDefault()
      target.querySelector<HTMLElement>('a[href], button')?.click()
    } else if (onRow && event.key === ' ' && selection && row) {
      event.preventDefault()
      if (event.shiftKey) selection.extendTo(row.id)
      else selection.toggle(row.id)
    } else if (event.key === 'Escape') selection?.clear()
  }

  /** The focus came into a row by a click or by Tab. */
  function onFocus(event: FocusEvent): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>('tr[data-index]')
    if (row) active.value = Number(row.dataset.index)
  }

  return { active, onKey, onFocus }
}
