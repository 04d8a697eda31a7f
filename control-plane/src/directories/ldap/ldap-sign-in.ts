/**
 * Signing in with the password of a directory: search, then bind. Whoever's address leads to it, known or not, takes the same steps
 * and the same time; a try that cannot succeed binds as the service once more, so that it locks nobody's account there.
 */
import type { AdminContext } from '../../access/index.js'
import { ExpectedError } from '../../platform/errors.js'
import type { Outbound } from '../../platform/http/outbound.js'
import type { PasswordDirectory, ProvenPerson } from '../../sign-in/index.js'
import { activeSource, lockedSource } from '../active-source.js'
import { admit } from '../admit.js'
import { secretPurpose, type SourceOf } from '../identity-source.entity.js'
import { withDirectory, type DirectoryEntry } from './directory.js'

const maxBytes = 256 * 1_024

export async function bindPassword(context: AdminContext, sourceId: string): Promise<string> {
  const [row] = await context.system.query<{ sealed: Buffer | null }>(
    'SELECT sealed_secret AS sealed FROM identity_source WHERE id = $1',
    [sourceId],
  )
  return row?.sealed ? context.secrets.openText(row.sealed, secretPurpose(sourceId)) : ''
}

export const passwordDirectories =
  (outbound: Outbound) =>
  async (context: AdminContext, email: string): Promise<PasswordDirectory | null> => {
    const emailDomain = email.slice(email.lastIndexOf('@') + 1)
    const source = emailDomain ? await activeSource(context.system, 'LDAP', { emailDomain }) : null
    if (!source || source.settings.provisions !== 'ADMINISTRATORS') return null
    return { sourceId: source.id, check: (password) => check(context, outbound, source, email, password) }
  }

async function check(
  context: AdminContext,
  outbound: Outbound,
  source: SourceOf<'LDAP'>,
  email: string,
  password: string | null,
): Promise<ProvenPerson | null> {
  try {
    const secret = await bindPassword(context, source.id)
    const entry = await withDirectory(outbound, source.settings, secret, maxBytes, async (directory) => {
      await directory.bindAsService()
      const found = await directory.findByEmail(email)
      if (found && password !== null && password !== '') return (await directory.bindAs(found, password)) ? found : null
      await directory.bindAsService()
      return null
    })
    return entry && proven(context, source, email, entry)
  } catch (error) {
    context.logger.warn({ error, source: source.id }, 'a directory could not be asked')
    throw new ExpectedError('IDENTITY_SOURCE_FAILED')
  }
}

const proven = (
  context: AdminContext,
  source: SourceOf<'LDAP'>,
  email: string,
  { subject, name, groups }: DirectoryEntry,
): ProvenPerson => ({
  async admit(manager) {
    const current = await lockedSource(manager, source)
    return current && admit(context, manager, current, { issuer: '', subject, email, name: name ?? email, groups })
  },
})
