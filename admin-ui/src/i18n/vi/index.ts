import { en } from '../en/index.ts'
export const vi = en
