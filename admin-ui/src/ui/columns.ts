/** A column of a DataTable. `cell` slots are named after `key`. */
export interface Column<Field extends string = string> {
  key: string
  label: string
  /** The order field that the server sorts by. */
  sort?: Field
  align?: 'end'
  /** The width of the screen below which the column is left out. */
  from?: 'sm' | 'md' | 'lg' | 'xl'
  /** Shown only to those who choose it. */
  hidden?: boolean
  width?: string
  /** The label is for screen readers only. */
  quiet?: boolean
}

export const columnClass = (column: Column): string =>
  [
    column.align === 'end' ? 'text-right' : 'text-left',
    column.from
      ? {
          sm: 'hidden sm:table-cell',
          md: 'hidden md:table-cell',
          lg: 'hidden lg:table-cell',
          xl: 'hidden xl:table-cell',
        }[column.from]
      : '',
    column.width ?? '',
  ].join(' ')
