/** Away to an issuer and back: the page that was wanted is kept by the browser meanwhile, for this tab alone. */
import { safeNext } from './safe-next.ts'

const key = 'mailfleet.sign-on.next'

export const rememberNext = (next: unknown): void => window.sessionStorage.setItem(key, safeNext(next))

export function takeNext(): string {
  const next = safeNext(window.sessionStorage.getItem(key))
  window.sessionStorage.removeItem(key)
  return next
}

/** The server looks at it as well; a script must run nowhere here. */
export function leaveFor(url: string): void {
  if (/^https?:\/\//.test(url)) window.location.assign(url)
}
