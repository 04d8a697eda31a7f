import { Field, ID, InterfaceType } from 'type-graphql'

@InterfaceType('Node', {
  description: 'An object that `node(id:)` finds again. Ids are UUIDs and no two objects of any kind share one.',
  // The base class of our objects has the interface too, and is no kind of object.
  autoRegisterImplementations: false,
})
export abstract class NodeInterface {
  @Field(() => ID, { description: 'A UUID that no other object of any kind has.' })
  id: string
}
