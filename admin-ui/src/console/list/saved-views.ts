/** Named searches, filters and orders of a list, kept in this browser for each administrator. */
import { shallowRef } from 'vue'
import { readPreference, writePreference } from '../../preferences/storage.ts'

export interface SavedView {
  name: string
  query: Record<string, string>
}

const most = 30

/** What was stored may be of another version, or not ours at all. */
export function readViews(text: string | null): SavedView[] {
  try {
    const stored: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(stored)) return []
    return stored.filter(
      (view: unknown): view is SavedView =>
        typeof view === 'object' &&
        view !== null &&
        typeof (view as SavedView).name === 'string' &&
        typeof (view as SavedView).query === 'object' &&
        (view as SavedView).query !== null &&
        Object.values((view as SavedView).query).every((value) => typeof value === 'string'),
    )
  } catch {
    return []
  }
}

export function useSavedViews(list: string, administratorId: string) {
  const key = `views.${list}.${administratorId}`
  const views = shallowRef(readViews(readPreference(key)))
  function write(next: SavedView[]): void {
    views.value = next.slice(-most)
    writePreference(key, JSON.stringify(views.value))
  }
  const without = (name: string) => views.value.filter((view) => view.name !== name)
  return {
    views,
    save: (view: SavedView) => write([...without(view.name), view]),
    remove: (name: string) => write(without(name)),
  }
}
