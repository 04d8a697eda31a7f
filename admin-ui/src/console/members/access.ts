/** Names for the sets of rights that the API gives names to (RFC 4314); another set is shown as its letters. */
export const accesses = { READ: 'lr', EDIT: 'lrswite', FULL: 'lrswipkxtea' } as const
export type Access = keyof typeof accesses

const sorted = (rights: string): string => [...new Set(rights)].sort().join('')

export const accessOf = (rights: string): Access | undefined =>
  (Object.keys(accesses) as Access[]).find((access) => sorted(accesses[access]) === sorted(rights))
