import { registerEnumType } from 'type-graphql'

export const SignInMethodEnum = {
  PASSWORD: 'PASSWORD',
  PASSKEY: 'PASSKEY',
  OIDC: 'OIDC',
  LDAP: 'LDAP',
} as const
export type SignInMethod = keyof typeof SignInMethodEnum
registerEnumType(SignInMethodEnum, { name: 'SignInMethod' })
