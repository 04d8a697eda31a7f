import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars'

export { GraphQLDateTime as DateTimeScalar, GraphQLSafeInt as SafeIntScalar }
