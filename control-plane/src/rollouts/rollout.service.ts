/** What people do to rollouts and to the strategies that make them. */
import { authorize, may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { beyondReach } from '../platform/database-scope.js'
import { ExpectedError } from '../platform/errors.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { readStrategy } from '../staging/index.js'
import { commands, mayFollow, type RolloutCommand, type RolloutState } from './machine.js'
import type { SetRolloutStrategyInput } from './rollout.types.js'
import { lockRollout } from './start-rollouts.js'
import { change, complete, goBack, openWave, watchAnew, type LockedRollout } from './steps.js'

type Row = LockedRollout & { state: RolloutState; lastWave: number; version: number; path: string }

export async function commandRollout(
  context: AdminContext,
  command: RolloutCommand,
  { id, version }: VersionedInput,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const [seen]: { path: string }[] = isId(id)
      ? await manager.query(
          'SELECT tenant.path::text AS path FROM rollout JOIN tenant ON tenant.id = rollout.tenant_id WHERE rollout.id = $1',
          [id],
        )
      : []
    authorize(context, 'update', seen ? permissionSubject('Rollout', { id, within: pathsAbove(seen.path) }) : null)
    // What nodes are told is beyond whoever may say how a rollout goes on.
    return beyondReach(manager, async () => {
      const [row]: Row[] = await manager.query(`${lockRollout} FOR UPDATE`, [id])
      const [{ version: current }] = await manager.query('SELECT version FROM rollout WHERE id = $1', [id])
      if (current !== version) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
      const { state, wave, lastWave } = row!
      if (!mayFollow(command, state)) throw new ExpectedError('WRONG_STATE', { params: { state } })
      if (command === 'abort') await goBack(manager, row!, 'ABORTED')
      else {
        await change(manager, id, 'state = $2, finding = NULL', [commands[command].to])
        if (state === 'HALTED') await watchAnew(manager, row!)
        if (command === 'promote' && wave < lastWave) await openWave(manager, row!)
        else if (command === 'promote') await complete(manager, row!)
      }
      return id
    })
  })
}

export async function setRolloutStrategy(context: AdminContext, input: SetRolloutStrategyInput): Promise<string> {
  const settings = input.strategy ? readStrategy(input.strategy, ['strategy']) : null
  return context.database.transaction(async (manager) => {
    const [tenant]: { id: string; path: string }[] = isId(input.tenantId)
      ? await manager.query('SELECT id, path::text FROM tenant WHERE id = $1 FOR SHARE', [input.tenantId])
      : []
    const within = tenant ? pathsAbove(tenant.path) : []
    authorize(context, 'read', tenant ? permissionSubject('Tenant', { id: tenant.id, within }) : null, ['tenantId'])
    if (!may(context, 'update', permissionSubject('Rollout', { within }))) throw new ExpectedError('FORBIDDEN')
    const key = [tenant!.id, input.version]
    const [rows] =
      settings === null
        ? await manager.query('DELETE FROM rollout_strategy WHERE tenant_id = $1 AND version = $2 RETURNING id', key)
        : input.version === 0
          ? [
              await manager.query(
                `INSERT INTO rollout_strategy (id, tenant_id, settings) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id`,
                [newId(), tenant!.id, settings],
              ),
            ]
          : await manager.query(
              `UPDATE rollout_strategy SET settings = $3, version = version + 1, updated_at = now()
               WHERE tenant_id = $1 AND version = $2 RETURNING id`,
              [...key, settings],
            )
    if (rows.length !== 1) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
    return tenant!.id
  })
}
