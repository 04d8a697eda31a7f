/** Setting up and taking away second factors: one's own with a fresh proof, those of others by rule. */
import type { EntityManager } from 'typeorm'
import { requireViewer, type AdminContext } from '../../access/index.js'
import { endSessions, requireAdministrator } from '../../administrators/index.js'
import { ExpectedError, invalidInput, notFound } from '../../platform/errors.js'
import { isId } from '../../platform/ids.js'
import { requireText } from '../../platform/input.js'
import { maxPasskeys, registered, registrationOptions } from '../passkeys/ceremonies.js'
import { Passkey } from '../passkeys/passkey.entity.js'
import { relyingParty } from '../passkeys/relying-party.js'
import { requireHttp, type SignInSettings } from '../sign-in-settings.js'
import { issueStep, tryStep } from '../steps.js'
import { requireConfirmed, takeFactorTry } from './confirmation.js'
import { factorsOf, hasFactor } from './factors.js'
import { renewRecoveryCodes } from './recovery-codes.js'
import { beginTotp, confirmTotp, type TotpEnrolment } from './totp.js'
import type { FinishPasskeyRegistrationInput, RenamePasskeyInput } from './two-factor.types.js'
import { beyondReach } from '../../platform/database-scope.js'

const maxPasskeyName = 100

/** So that two changes of one's factors come one after another. */
const lockOwner = async (manager: EntityManager, administratorId: string) => {
  const [row]: { email: string; name: string }[] = await manager.query(
    'SELECT email, name FROM administrator WHERE id = $1 FOR UPDATE',
    [administratorId],
  )
  if (!row) throw notFound()
  return { id: administratorId, ...row }
}

export async function beginTotpEnrolment(context: AdminContext): Promise<TotpEnrolment> {
  const { administratorId } = requireConfirmed(context)
  return context.database.transaction(async (manager) => {
    const { email } = await lockOwner(manager, administratorId)
    return beginTotp(manager, context.secrets, administratorId, email)
  })
}

/** With the first factor of all, recovery codes. */
export async function confirmTotpEnrolment(
  context: AdminContext,
  settings: SignInSettings,
  code: string,
): Promise<string[] | null> {
  const { administratorId } = requireConfirmed(context)
  const giveBack = await takeFactorTry(settings.limits, administratorId, { token: '', code })
  const recoveryCodes = await context.database.transaction(async (manager) => {
    await lockOwner(manager, administratorId)
    if (!(await confirmTotp(manager, context.secrets, administratorId, code))) {
      throw new ExpectedError('INVALID_FACTOR', { path: ['code'] })
    }
    return afterAdding(context, manager, administratorId)
  })
  await giveBack()
  return recoveryCodes
}

export async function removeTotp(context: AdminContext): Promise<void> {
  const { administratorId } = requireConfirmed(context)
  await context.database.transaction(async (manager) => {
    await lockOwner(manager, administratorId)
    await manager.query('DELETE FROM totp_credential WHERE administrator_id = $1', [administratorId])
    await afterRemoving(manager, administratorId)
  })
}

export async function renewOwnRecoveryCodes(context: AdminContext): Promise<string[]> {
  const { administratorId } = requireConfirmed(context)
  return context.database.transaction(async (manager) => {
    await lockOwner(manager, administratorId)
    if (!hasFactor(await factorsOf(manager, administratorId))) {
      throw new ExpectedError('TWO_FACTOR_REQUIRED')
    }
    return renewRecoveryCodes(manager, administratorId)
  })
}

export async function beginPasskeyRegistration(context: AdminContext, settings: SignInSettings) {
  const { administratorId, sessionId } = requireConfirmed(context)
  const party = relyingParty(requireHttp(context).request, settings.publicUrl)
  return context.database.transaction(async (manager) => {
    const owner = await lockOwner(manager, administratorId)
    const { passkeys } = await factorsOf(manager, administratorId)
    if (passkeys.length >= maxPasskeys) {
      throw invalidInput([], `There are at most ${maxPasskeys} passkeys.`, { max: maxPasskeys })
    }
    const options = await registrationOptions(party, owner, passkeys)
    const { token } = await issueStep(manager, {
      kind: 'PASSKEY_REGISTRATION',
      method: null,
      administratorId,
      sessionId,
      challenge: options.challenge,
      origin: party.origin,
    })
    return { token, options: JSON.stringify(options) }
  })
}

export async function finishPasskeyRegistration(context: AdminContext, input: FinishPasskeyRegistrationInput) {
  const { administratorId, sessionId } = requireConfirmed(context)
  const name = requireText(input.name, ['name'], maxPasskeyName)
  return tryStep(
    (work) => context.database.transaction(work),
    { kind: 'PASSKEY_REGISTRATION', token: input.token, sessionId },
    async (manager, step) => {
      await lockOwner(manager, administratorId)
      const made = await registered(step, input.response)
      if (!made) return null
      if (await beyondReach(manager, () => manager.existsBy(Passkey, { credentialId: made.credentialId }))) {
        throw new ExpectedError('ALREADY_EXISTS', { path: ['response'] })
      }
      await manager.insert(Passkey, { ...made, administratorId, name })
      return {
        passkey: await manager.findOneByOrFail(Passkey, { id: made.id }),
        recoveryCodes: await afterAdding(context, manager, administratorId),
      }
    },
  )
}

export async function deletePasskey(context: AdminContext, id: string): Promise<string> {
  const { administratorId } = requireConfirmed(context)
  return context.database.transaction(async (manager) => {
    await lockOwner(manager, administratorId)
    const passkey = isId(id) ? await manager.findOneBy(Passkey, { id, administratorId }) : null
    if (!passkey) throw notFound(['id'])
    await manager.delete(Passkey, { id: passkey.id })
    await afterRemoving(manager, administratorId)
    return passkey.id
  })
}

export async function renamePasskey(context: AdminContext, input: RenamePasskeyInput): Promise<Passkey> {
  const { administratorId } = requireConfirmed(context)
  const name = requireText(input.name, ['name'], maxPasskeyName)
  return context.database.transaction(async (manager) => {
    await lockOwner(manager, administratorId)
    const passkey = isId(input.id) ? await manager.findOneBy(Passkey, { id: input.id, administratorId }) : null
    if (!passkey) throw notFound(['id'])
    await manager.update(Passkey, { id: passkey.id }, { name })
    return { ...passkey, name }
  })
}

/** For somebody who has lost theirs: takes all factors away and ends the sessions. The password stays. */
export async function resetTwoFactor(context: AdminContext, administratorId: string): Promise<string> {
  if (requireViewer(context).credential.kind === 'session') requireConfirmed(context)
  return context.database.transaction(async (manager) => {
    const found = await requireAdministrator(context, manager, administratorId, 'update', ['administratorId'])
    if (found.id === requireViewer(context).administratorId) {
      throw new ExpectedError('FORBIDDEN', { message: 'Your own factors are removed one by one.' })
    }
    await clearFactors(manager, found.id)
    await endSessions(manager, found.id)
    return found.id
  })
}

export async function clearFactors(manager: EntityManager, administratorId: string): Promise<void> {
  for (const table of ['totp_credential', 'passkey', 'recovery_code']) {
    await manager.query(`DELETE FROM ${table} WHERE administrator_id = $1`, [administratorId])
  }
}

/** This session has shown the new factor just now; those that began without one end. */
async function afterAdding(
  context: AdminContext,
  manager: EntityManager,
  administratorId: string,
): Promise<string[] | null> {
  const { credential } = requireViewer(context)
  await manager.query('UPDATE session SET second_factor = true, confirmed_at = now() WHERE id = $1', [credential.id])
  await manager.query('DELETE FROM session WHERE administrator_id = $1 AND NOT second_factor', [administratorId])
  const { recoveryCodesLeft } = await factorsOf(manager, administratorId)
  return recoveryCodesLeft > 0 ? null : renewRecoveryCodes(manager, administratorId)
}

async function afterRemoving(manager: EntityManager, administratorId: string): Promise<void> {
  const factors = await factorsOf(manager, administratorId)
  if (hasFactor(factors)) return
  if (factors.required) {
    throw new ExpectedError('TWO_FACTOR_REQUIRED', {
      message: 'Your tenant demands a second factor: add another first.',
    })
  }
  await manager.query('DELETE FROM recovery_code WHERE administrator_id = $1', [administratorId])
}
