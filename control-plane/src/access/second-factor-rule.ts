/** Who must have a second factor: whoever belongs to a tenant that demands one, or to any below it. None of those can loosen it. */

const hasSecondFactor = (administrator: string): string => `(
  EXISTS (SELECT 1 FROM totp_credential AS totp
    WHERE totp.administrator_id = ${administrator}.id AND totp.confirmed_at IS NOT NULL)
  OR EXISTS (SELECT 1 FROM passkey WHERE passkey.administrator_id = ${administrator}.id))`

export const mustHaveSecondFactor = (administrator: string): string => `EXISTS (
  SELECT 1 FROM tenant AS own JOIN tenant AS demanding ON demanding.path @> own.path
  WHERE own.id = ${administrator}.tenant_id AND demanding.require_two_factor)`

/** Conditions on a row of `administrator`. */
export const lacksSecondFactor = (administrator: string): string =>
  `(${mustHaveSecondFactor(administrator)} AND NOT ${hasSecondFactor(administrator)})`
