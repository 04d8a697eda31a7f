/**
 * Which rows of a long table are drawn: those in the window and some around them, with gaps as high as what is left out. The
 * row that has the focus is always drawn, wherever one scrolls, or the focus would be lost.
 */
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/vue-virtual'
import { useResizeObserver } from '@vueuse/core'
import { computed, onMounted, ref, type Ref } from 'vue'

/** A table of fewer rows is drawn whole. */
const drawnWhole = 60
const rowHeight = 45

interface Drawn {
  index: number
  /** Height of what is left out before this row. */
  gap: number
}

const keeping =
  (kept: number) =>
  (range: Range): number[] => {
    const shown = defaultRangeExtractor(range)
    return shown.includes(kept) || kept < 0 || kept >= range.count
      ? shown
      : [...shown, kept].sort((one, other) => one - other)
  }

export function useVirtualRows(
  body: Ref<HTMLElement | null>,
  ids: () => readonly { id: string }[],
  focused: () => number,
) {
  const top = ref(0)
  const measure = () => {
    if (body.value) top.value = body.value.getBoundingClientRect().top + window.scrollY
  }
  onMounted(measure)
  // Whatever grows above the table moves it.
  useResizeObserver(document.body, measure)

  const virtualizer = useWindowVirtualizer<HTMLTableRowElement>(
    computed(() => ({
      count: ids().length,
      estimateSize: () => rowHeight,
      overscan: 15,
      scrollMargin: top.value,
      getItemKey: (index: number) => ids()[index]?.id ?? index,
      // Another one for each row that takes the focus: by that the virtualizer sees that there is something to do.
      rangeExtractor: keeping(focused()),
    })),
  )
  const whole = computed(() => ids().length <= drawnWhole)

  const drawn = computed<Drawn[]>(() => {
    if (whole.value) return ids().map((_, index) => ({ index, gap: 0 }))
    let end = top.value
    return virtualizer.value.getVirtualItems().map(({ index, start, end: bottom }) => {
      const gap = Math.max(0, start - end)
      end = bottom
      return { index, gap }
    })
  })
  const gapBelow = computed(() => {
    const last = virtualizer.value.getVirtualItems().at(-1)
    return whole.value || !last ? 0 : Math.max(0, virtualizer.value.getTotalSize() - (last.end - top.value))
  })

  return {
    drawn,
    gapBelow,
    /** The last row that is drawn in the window or next to it. */
    last: computed(() => drawn.value.at(-1)?.index ?? -1),
    measureRow: (row: unknown) => {
      if (!whole.value) virtualizer.value.measureElement(row as HTMLTableRowElement | null)
    },
  }
}
