/**
 * `v-roving="true"` on the row that arrows have led to, `false` on all others: what is inside of those is left out when one
 * goes on with Tab, so that a table of 100,000 rows is left with a few keys.
 */
import type { ObjectDirective } from 'vue'

function apply(row: HTMLElement, active: boolean): void {
  for (const control of row.querySelectorAll<HTMLElement>('a[href], button, input, select')) {
    if (active) control.removeAttribute('tabindex')
    else control.setAttribute('tabindex', '-1')
  }
}

export const vRoving: ObjectDirective<HTMLElement, boolean> = {
  mounted: (row, { value }) => apply(row, value),
  updated: (row, { value }) => apply(row, value),
}
