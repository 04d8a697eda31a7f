import { registerEnumType } from 'type-graphql'

export const StatusEnum = { ACTIVE: 'ACTIVE', SUSPENDED: 'SUSPENDED' } as const
export type Status = keyof typeof StatusEnum
registerEnumType(StatusEnum, {
  name: 'Status',
  description: 'Whether an object works, by what was said about it itself.',
  valuesConfig: {
    ACTIVE: { description: 'It works, unless what it is in is suspended.' },
    SUSPENDED: { description: 'It does not work until it is resumed; nothing of it is lost.' },
  },
})

export const SortDirectionEnum = { ASC: 'ASC', DESC: 'DESC' } as const
export type SortDirection = keyof typeof SortDirectionEnum
registerEnumType(SortDirectionEnum, {
  name: 'SortDirection',
  description: 'Which way a list goes.',
  valuesConfig: {
    ASC: { description: 'The smallest, first in the alphabet or oldest comes first.' },
    DESC: { description: 'The greatest, last in the alphabet or newest comes first.' },
  },
})
