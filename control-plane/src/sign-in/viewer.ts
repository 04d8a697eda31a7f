/** Who is signed in, as the API tells. */
import { packedRulesOf, type AdminContext } from '../access/index.js'
import { visibleAdministrator } from '../administrators/index.js'
import type { ViewerType } from './sign-in.types.js'
import { confirmedUntil } from './two-factor/confirmation.js'

export async function viewerOf(context: AdminContext): Promise<ViewerType | null> {
  if (!context.viewer) return null
  const administrator = await visibleAdministrator(context, context.viewer.administratorId)
  if (!administrator) return null
  const { ability, mustEnrol, confirmedAt } = context.viewer
  return {
    administrator,
    packedRules: packedRulesOf(ability),
    mustEnrol,
    confirmedUntil: confirmedUntil(confirmedAt),
  }
}
