/** Rows that were chosen, one by one or all that a list selects; what a table and what is done with them share. */
export interface Selection {
  has: (id: string) => boolean
  /** Of the rows that are there: all, some, none of them. */
  state: 'all' | 'some' | 'none'
  toggle: (id: string) => void
  /** From the row that was toggled last to this one. */
  extendTo: (id: string) => void
  toggleShown: () => void
  clear: () => void
}
