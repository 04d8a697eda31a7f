/** Calls back when the socket is open again after it was lost: subscriptions do not repeat what was missed meanwhile. */
import { watch } from 'vue'
import { socketState } from './client.ts'

export function whenReconnected(callback: () => unknown): void {
  let lost = false
  watch(socketState, (state) => {
    if (state === 'lost') lost = true
    if (state !== 'open' || !lost) return
    lost = false
    callback()
  })
}
