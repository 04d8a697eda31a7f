/** An identity source while it is written: texts, as the form has them, and the input that is sent of them. */
import type { IdentitySourceKind, ProvisionedKind, Role } from '../../graphql/graphql.ts'
import type { IdentitySourceRow } from './identity-sources.queries.ts'

export interface MappingDraft {
  group: string
  /** A built-in role by its name, or the id of another. */
  to: string
}

export interface SourceDraft {
  name: string
  emailDomains: string
  defaultRole: Role | ''
  localSignIn: boolean
  createsAdministrators: boolean
  mapping: MappingDraft[]
  issuer: string
  clientId: string
  clientSecret: string
  groupsClaim: string
  trustedAcr: string
  trustedAmr: string
  url: string
  startTls: boolean
  ca: string
  bindDn: string
  bindPassword: string
  baseDn: string
  userFilter: string
  emailAttribute: string
  nameAttribute: string
  idAttribute: string
  groupsAttribute: string
  provisions: ProvisionedKind
}

/** Of a source that there is its settings, but never its secret: left empty, that one stays. */
export const draftOf = (source?: IdentitySourceRow): SourceDraft => ({
  name: source?.name ?? '',
  emailDomains: source?.emailDomains.join(', ') ?? '',
  defaultRole: source?.defaultRole ?? '',
  localSignIn: source?.localSignIn ?? true,
  createsAdministrators: source?.createsAdministrators ?? false,
  mapping:
    source?.roleMapping.map(({ group, role, accessRoleId }) => ({ group, to: role ?? accessRoleId ?? '' })) ?? [],
  issuer: source?.oidc?.issuer ?? 'https://',
  clientId: source?.oidc?.clientId ?? '',
  clientSecret: '',
  groupsClaim: source?.oidc?.groupsClaim ?? '',
  trustedAcr: source?.oidc?.trustedAcr.join(', ') ?? '',
  trustedAmr: source?.oidc?.trustedAmr.join(', ') ?? '',
  url: source?.ldap?.url ?? 'ldaps://',
  startTls: source?.ldap?.startTls ?? false,
  ca: source?.ldap?.ca ?? '',
  bindDn: source?.ldap?.bindDn ?? '',
  bindPassword: '',
  baseDn: source?.ldap?.baseDn ?? '',
  userFilter: source?.ldap?.userFilter ?? '',
  emailAttribute: source?.ldap?.emailAttribute ?? '',
  nameAttribute: source?.ldap?.nameAttribute ?? '',
  idAttribute: source?.ldap?.idAttribute ?? '',
  groupsAttribute: source?.ldap?.groupsAttribute ?? '',
  provisions: source?.ldap?.provisions ?? 'ADMINISTRATORS',
})

const words = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean)
const given = (text: string): string | undefined => text.trim() || undefined

export function inputOf(kind: IdentitySourceKind, draft: SourceDraft, builtIn: readonly string[]) {
  const common = {
    name: draft.name.trim(),
    emailDomains: words(draft.emailDomains),
    defaultRole: draft.defaultRole || null,
    localSignIn: draft.localSignIn,
    createsAdministrators: draft.createsAdministrators,
    roleMapping: draft.mapping
      .filter(({ group, to }) => group.trim() !== '' && to !== '')
      .map(({ group, to }) =>
        builtIn.includes(to) ? { group: group.trim(), role: to as Role } : { group: group.trim(), accessRoleId: to },
      ),
  }
  if (kind === 'OIDC')
    return {
      ...common,
      oidc: {
        issuer: draft.issuer.trim(),
        clientId: draft.clientId.trim(),
        clientSecret: given(draft.clientSecret),
        groupsClaim: draft.groupsClaim.trim() || null,
        trustedAcr: words(draft.trustedAcr),
        trustedAmr: words(draft.trustedAmr),
      },
    }
  if (kind === 'LDAP')
    return {
      ...common,
      ldap: {
        url: draft.url.trim(),
        startTls: draft.startTls,
        ca: draft.ca.trim() || null,
        bindDn: draft.bindDn.trim(),
        bindPassword: given(draft.bindPassword),
        baseDn: draft.baseDn.trim(),
        userFilter: given(draft.userFilter),
        emailAttribute: given(draft.emailAttribute),
        nameAttribute: given(draft.nameAttribute),
        idAttribute: given(draft.idAttribute),
        groupsAttribute: draft.groupsAttribute.trim() || null,
        provisions: draft.provisions,
      },
    }
  return { ...common, scim: {} }
}
