export { isListField, listFields, listIdOf } from './list-fields.js'
export { mayPost, type MayPost } from './posting.js'
