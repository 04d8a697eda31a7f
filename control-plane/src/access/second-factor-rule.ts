/**
 * Who must have a second factor: whoever belongs to a tenant that demands one, or to any below it. None of those can loosen it.
 * A tenant demands it by itself, or by the policy TWO_FACTOR, of which a FIXED lock above makes void what those below say
 * (schema/src/policies/effective-policy.ts says the same of all policies; here it is part of each look-up of a session).
 */

const hasSecondFactor = (administrator: string): string => `(
  EXISTS (SELECT 1 FROM totp_credential AS totp
    WHERE totp.administrator_id = ${administrator}.id AND totp.confirmed_at IS NOT NULL)
  OR EXISTS (SELECT 1 FROM passkey WHERE passkey.administrator_id = ${administrator}.id))`

const demandedByPolicy = (administrator: string): string => `EXISTS (
  SELECT 1 FROM tenant AS own JOIN tenant AS demanding ON demanding.path @> own.path
    JOIN policy AS demand ON demand.tenant_id = demanding.id AND demand.settings ? 'TWO_FACTOR'
  WHERE own.id = ${administrator}.tenant_id AND demand.settings->'TWO_FACTOR'->'value' = 'true' AND NOT EXISTS (
    SELECT 1 FROM tenant AS locking JOIN policy AS fixed ON fixed.tenant_id = locking.id AND fixed.settings ? 'TWO_FACTOR'
    WHERE locking.path @> demanding.path AND locking.id <> demanding.id
      AND fixed.settings->'TWO_FACTOR'->>'lock' = 'FIXED'))`

export const mustHaveSecondFactor = (administrator: string): string => `(EXISTS (
  SELECT 1 FROM tenant AS own JOIN tenant AS demanding ON demanding.path @> own.path
  WHERE own.id = ${administrator}.tenant_id AND demanding.require_two_factor)
  OR ${demandedByPolicy(administrator)})`

/** Conditions on a row of `administrator`. */
export const lacksSecondFactor = (administrator: string): string =>
  `(${mustHaveSecondFactor(administrator)} AND NOT ${hasSecondFactor(administrator)})`
