/** Preferences of this browser. Storage may be forbidden; then a choice lasts until the page is closed. */
const prefix = 'mailfleet.'

export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name)
  } catch {
    return null
  }
}

export function writePreference(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value)
  } catch {
    // Private windows of some browsers refuse to store anything.
  }
}
