import { registerEnumType } from 'type-graphql'

export const StatusEnum = { ACTIVE: 'ACTIVE', SUSPENDED: 'SUSPENDED' } as const
export type Status = keyof typeof StatusEnum
registerEnumType(StatusEnum, { name: 'Status' })

export const SortDirectionEnum = { ASC: 'ASC', DESC: 'DESC' } as const
export type SortDirection = keyof typeof SortDirectionEnum
registerEnumType(SortDirectionEnum, { name: 'SortDirection' })
