/** The palette stands once, in the layout; Ctrl+K or ⌘K opens it, and so do buttons. An input method that composes is left alone. */
import { useEventListener } from '@vueuse/core'
import { ref } from 'vue'
import { useSession } from '../../session/session.store.ts'

export const paletteOpen = ref(false)

export function usePaletteKey(): void {
  const session = useSession()
  useEventListener(window, 'keydown', (event) => {
    if (event.isComposing || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'k') return
    if (!(event.ctrlKey || event.metaKey) || session.viewer?.mustEnrol) return
    // Another dialog that is open may hold what somebody has typed.
    if (!paletteOpen.value && document.querySelector('[role="dialog"]')) return
    event.preventDefault()
    paletteOpen.value = !paletteOpen.value
  })
}
