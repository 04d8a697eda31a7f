/** English and Vietnamese. Vietnamese is fetched only when it is used; a missing key fails the build (types) and a test. */
import { createI18n } from 'vue-i18n'
import { readPreference, writePreference } from '../preferences/storage.ts'
import { en } from './en/index.ts'
import type { Messages } from './messages.ts'

export const languages = { en: 'English', vi: 'Tiếng Việt' } as const
export type Language = keyof typeof languages

const isLanguage = (value: string | null): value is Language => value !== null && Object.hasOwn(languages, value)

export function preferredLanguage(): Language {
  const stored = readPreference('language')
  if (isLanguage(stored)) return stored
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('vi')) &&
    !navigator.languages[0]?.toLowerCase().startsWith('en')
    ? 'vi'
    : 'en'
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en } as Record<Language, Messages>,
})

export async function setLanguage(language: Language): Promise<void> {
  if (language === 'vi') i18n.global.setLocaleMessage('vi', (await import('./vi/index.ts')).vi)
  i18n.global.locale.value = language
  document.documentElement.lang = language
  writePreference('language', language)
}
