/** Which second factors somebody has, and the proof by one of them. */
import type { EntityManager } from 'typeorm'
import { mustHaveSecondFactor, type AdminContext } from '../../access/index.js'
import { beyondReach } from '../../platform/database-scope.js'
import { verifyPassword } from '../../platform/password.js'
import { authenticated, authenticationOptions } from '../passkeys/ceremonies.js'
import { Passkey } from '../passkeys/passkey.entity.js'
import { relyingParty } from '../passkeys/relying-party.js'
import type { SignInMethod } from '../sessions/sign-in-method.js'
import { requireHttp, type SignInSettings } from '../sign-in-settings.js'
import { issueStep, type Step, type StepKind } from '../steps.js'
import { useRecoveryCode } from './recovery-codes.js'
import { useTotpCode } from './totp.js'
import type { FactorMethod, FactorProof } from './two-factor.types.js'

export interface Factors {
  totp: boolean
  recoveryCodesLeft: number
  /** A tenant demands one. */
  required: boolean
  passkeys: Passkey[]
}

/** What is demanded, tenants above demand. */
export async function factorsOf(manager: EntityManager, administratorId: string): Promise<Factors> {
  const [row]: { totp: boolean; left: number; required: boolean }[] = await beyondReach(manager, () =>
    manager.query(
      `SELECT EXISTS (SELECT FROM totp_credential AS totp
        WHERE totp.administrator_id = administrator.id AND totp.confirmed_at IS NOT NULL) AS totp,
       (SELECT count(*)::integer FROM recovery_code
        WHERE recovery_code.administrator_id = administrator.id AND used_at IS NULL) AS left,
       ${mustHaveSecondFactor('administrator')} AS required
     FROM administrator WHERE id = $1`,
      [administratorId],
    ),
  )
  const passkeys = await manager.find(Passkey, { where: { administratorId }, order: { createdAt: 'ASC', id: 'ASC' } })
  return {
    totp: row?.totp ?? false,
    recoveryCodesLeft: row?.left ?? 0,
    required: row?.required ?? false,
    passkeys,
  }
}

export const hasFactor = ({ totp, passkeys }: Factors): boolean => totp || passkeys.length > 0

/** By what a step can be passed. Without a second factor, and where one is signed in, by the password. */
function methodsOf(factors: Factors, kind: StepKind, withPasskeys: boolean): FactorMethod[] {
  if (!hasFactor(factors)) return kind === 'CONFIRMATION' ? ['PASSWORD'] : []
  return [
    ...(factors.passkeys.length > 0 && withPasskeys ? (['PASSKEY'] as const) : []),
    ...(factors.totp ? (['TOTP'] as const) : []),
    ...(factors.recoveryCodesLeft > 0 ? (['RECOVERY_CODE'] as const) : []),
  ]
}

export async function beginFactorStep(
  context: AdminContext,
  settings: SignInSettings,
  manager: EntityManager,
  {
    kind,
    administratorId,
    sessionId,
    method,
  }: { kind: StepKind; administratorId: string; sessionId: string | null; method: SignInMethod | null },
) {
  const factors = await factorsOf(manager, administratorId)
  const party = partyOf(context, settings)
  const options = factors.passkeys.length > 0 && party ? await authenticationOptions(party, factors.passkeys) : null
  const issued = await issueStep(manager, {
    kind,
    administratorId,
    sessionId,
    method,
    challenge: options?.challenge ?? null,
    origin: options ? party!.origin : null,
  })
  return {
    ...issued,
    methods: methodsOf(factors, kind, options !== null),
    passkeyOptions: options && JSON.stringify(options),
  }
}

/** Null for scripts, and where the console is reached by an address: passkeys are for the console's pages. */
function partyOf(context: AdminContext, settings: SignInSettings) {
  try {
    return relyingParty(requireHttp(context).request, settings.publicUrl)
  } catch {
    return null
  }
}

/** By which factor it was proved; null where it was not. */
export async function proveFactor(
  context: AdminContext,
  manager: EntityManager,
  step: Step,
  proof: FactorProof,
): Promise<FactorMethod | null> {
  const id = step.administratorId!
  if (proof.passkey) return (await authenticated(manager, step, proof.passkey)) && 'PASSKEY'
  if (proof.code) return (await useTotpCode(manager, context.secrets, id, proof.code)) ? 'TOTP' : null
  if (proof.recoveryCode) return (await useRecoveryCode(manager, id, proof.recoveryCode)) ? 'RECOVERY_CODE' : null
  if (!proof.password || step.kind !== 'CONFIRMATION' || hasFactor(await factorsOf(manager, id))) return null
  const [row]: { password_hash: string }[] = await manager.query(
    'SELECT password_hash FROM administrator WHERE id = $1',
    [id],
  )
  return row && (await verifyPassword(row.password_hash, proof.password.slice(0, 1_024))) ? 'PASSWORD' : null
}
