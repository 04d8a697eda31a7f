/**
 * The console's keys: a letter behind `g` leads to a page, `/` to the search of a list, `?` to the list of all keys. None fires
 * in a field, in a dialog or while an input method composes; all of them can be turned off (WCAG 2.2, 2.1.4).
 */
import { useEventListener } from '@vueuse/core'
import { ref, watch } from 'vue'
import { useRouter } from 'vue-router'
import { readPreference, writePreference } from '../../preferences/storage.ts'
import { useSession } from '../../session/session.store.ts'
import { navigation } from './navigation.ts'

/** Behind `g`. */
export const pageKeys: Record<string, string> = {
  o: 'overview',
  t: 'tenants',
  d: 'domains',
  m: 'mailboxes',
  a: 'aliases',
  g: 'groups',
  p: 'policies',
  l: 'log',
  j: 'jobs',
  n: 'nodes',
}

const preference = 'shortcuts'
export const shortcutsOn = ref(readPreference(preference) !== 'off')
watch(shortcutsOn, (on) => writePreference(preference, on ? 'on' : 'off'))

/** Whether the list of all keys is open. */
export const shortcutsShown = ref(false)

const chordMs = 1_500

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input:not([type="checkbox"]), textarea, select'))

export function useShortcuts(): void {
  const router = useRouter()
  const session = useSession()
  let chordUntil = 0

  const entries = navigation.flatMap(({ entries: all }) => all)
  function goTo(key: string): boolean {
    const entry = entries.find(({ route }) => route === pageKeys[key])
    if (!entry || (entry.type && !session.can('read', entry.type))) return false
    void router.push({ name: entry.route })
    return true
  }

  useEventListener(document, 'keydown', (event: KeyboardEvent) => {
    if (!shortcutsOn.value || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.defaultPrevented || isField(event.target) || document.querySelector('[role="dialog"], [role="menu"]'))
      return
    if (event.timeStamp < chordUntil) {
      chordUntil = 0
      if (goTo(event.key.toLowerCase())) event.preventDefault()
    } else if (event.key === 'g') chordUntil = event.timeStamp + chordMs
    else if (event.key === '?') shortcutsShown.value = true
    else if (event.key === '/') {
      const search = document.querySelector<HTMLInputElement>('main input[type="search"]')
      if (!search) return
      event.preventDefault()
      search.select()
    }
  })
}
