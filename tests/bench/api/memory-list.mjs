/** The list that graphql-http.bench.mjs asks for, the same for every server. */
export const sdl = `
  type Item { id: ID! name: String! quota: Int! }
  type Query { items: [Item!]! item: Item! }
`
const items = Array.from({ length: 50 }, (_, index) => ({
  id: `${index}`,
  name: `Item ${index}`,
  quota: index * 1_024,
}))

export const roots = { Query: { items: () => items, item: () => items[0] } }

export const bodies = {
  'A list of 50 rows of three fields': JSON.stringify({ query: '{ items { id name quota } }' }),
  'One row of one field': JSON.stringify({ query: '{ item { id } }' }),
}
