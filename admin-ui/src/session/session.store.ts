/** Who is signed in. The session itself is an HttpOnly cookie that scripts cannot read; the server is asked once at start. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { fromCombined, type ApiError } from '../graphql/api-error.ts'
import { client, renewClient } from '../graphql/client.ts'
import type { ResultOf } from '../graphql/graphql.ts'
import { abilityOf, nobody } from './ability.ts'
import { signOutMutation, viewerQuery } from './session.queries.ts'

export type Viewer = NonNullable<ResultOf<typeof viewerQuery>['viewer']>

export const useSession = defineStore('session', () => {
  const viewer = shallowRef<Viewer | null>(null)
  const asked = ref(false)
  const startError = shallowRef<ApiError>()
  const ability = computed(() => (viewer.value ? abilityOf(viewer.value.packedRules) : nobody()))

  async function load(): Promise<void> {
    const result = await client.value.query(viewerQuery, {}, { requestPolicy: 'network-only' }).toPromise()
    startError.value = result.error && fromCombined(result.error)
    viewer.value = result.data?.viewer ?? null
    asked.value = !result.error
  }

  function begin(next: Viewer): void {
    renewClient()
    viewer.value = next
    asked.value = true
  }

  /** The same person with other rights, or acting as another: nothing of before may be shown. */
  async function restart(): Promise<void> {
    renewClient()
    await load()
  }

  function end(): void {
    viewer.value = null
    renewClient()
  }

  /** Where to end the session that the issuer has, too, if one began this one. */
  async function signOut(): Promise<string | null> {
    const { data } = await client.value.mutation(signOutMutation, {}).toPromise()
    end()
    return data?.payload.signOutUrl ?? null
  }

  return {
    viewer,
    asked,
    startError,
    load,
    begin,
    restart,
    end,
    signOut,
    can: (action: string, type: string) => ability.value.can(action, type),
  }
})
