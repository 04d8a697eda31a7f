/** "May X do Y with Z", in the address bar, so that it can be linked to from where something was refused. */
import type { AccessAction, AccessSubject } from '../../graphql/graphql.ts'
import { actions, subjects } from '../access-rules/rule-draft.ts'

export interface AskedObject {
  type: AccessSubject
  id: string
}
export interface Question {
  administrator: string
  action: AccessAction
  type: AccessSubject
  id: string
  field: string
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** What the address bar may hold is anything. */
export const questionFrom = (read: (name: string) => string): Question => ({
  administrator: uuid.test(read('administrator')) ? read('administrator') : '',
  action: actions.find((one) => one === read('action').toUpperCase()) ?? 'READ',
  type: subjects.find((one) => one === read('type')) ?? 'Domain',
  id: uuid.test(read('id')) ? read('id') : '',
  field: read('field').trim(),
})

/** The page that says why, where something was refused. */
export const whyPlace = (administrator: string, action: string, object: { type: string; id: string }) => ({
  name: 'permissions',
  query: { administrator, action: action.toUpperCase(), ...object },
})

export const isObjectId = (text: string): boolean => uuid.test(text.trim())
