import { GraphQLDateTime, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'

export { GraphQLDateTime as DateTimeScalar, GraphQLJSON as JsonScalar, GraphQLSafeInt as SafeIntScalar }
