/** Light or dark as the system says, unless the viewer chose one. Every colour follows `color-scheme` (styles.css). */
import { ref, watch } from 'vue'
import { readPreference, writePreference } from './storage.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const stored = readPreference('theme')
export const theme = ref<Theme>(themes.find((known) => known === stored) ?? 'system')

watch(
  theme,
  (value) => {
    if (value === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = value
    writePreference('theme', value)
  },
  { immediate: true },
)
