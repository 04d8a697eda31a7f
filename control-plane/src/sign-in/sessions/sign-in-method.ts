import { registerEnumType } from 'type-graphql'

export const SignInMethodEnum = {
  PASSWORD: 'PASSWORD',
  PASSKEY: 'PASSKEY',
  OIDC: 'OIDC',
  LDAP: 'LDAP',
} as const
export type SignInMethod = keyof typeof SignInMethodEnum
registerEnumType(SignInMethodEnum, {
  name: 'SignInMethod',
  description: 'With what somebody comes in.',
  valuesConfig: {
    PASSWORD: { description: 'Their password here.' },
    PASSKEY: { description: 'A passkey (WebAuthn).' },
    OIDC: { description: 'Single sign-on at an issuer.' },
    LDAP: { description: 'Their password in a directory.' },
  },
})
