/** The reference of the API: docs/reference/, from the schema as it is served and the commands as they are derived from it. */
import { printSchema, type GraphQLSchema } from 'graphql'
import { commandModel } from '../command-line/model/commands.js'
import { errorsPage, fieldsPage, generated, typesPage } from './markdown.js'

export { describeRepeated } from './describe-repeated.js'
export { exampleOf, type Example } from './examples.js'

/** File name → content. */
export function referencePages(schema: GraphQLSchema): Record<string, string> {
  const { commands } = commandModel(printSchema(schema))
  const page = (title: string, kind: 'query' | 'mutation' | 'subscription') => fieldsPage(title, schema, commands, kind)
  const pages = {
    'queries.md': page('Queries', 'query'),
    'mutations.md': page('Mutations', 'mutation'),
    'subscriptions.md': page('Subscriptions', 'subscription'),
    'types.md': typesPage(schema),
    'errors.md': errorsPage(),
  }
  const links = Object.entries(pages).map(([file, text]) => `- [${/^# (.*)$/m.exec(text)![1]}](${file})`)
  return { 'README.md': `# Reference of the API\n\n${generated}\n\n${links.join('\n')}\n`, ...pages }
}
