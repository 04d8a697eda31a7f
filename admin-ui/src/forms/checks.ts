/**
 * Checks before sending, so that a slip is shown beside its field at once. They are wide on purpose: the server decides, and
 * must never be stricter here than there.
 */
export const isDomainName = (text: string): boolean =>
  /^[^\s@/:]+\.[^\s@/:.]+\.?$/u.test(text.trim()) && text.trim().length <= 253

export const isLocalPart = (text: string): boolean =>
  /^[^\s@"(),:;<>[\\\]]+$/u.test(text.trim()) && text.trim().length <= 64

export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && isLocalPart(text.slice(0, at)) && isDomainName(text.slice(at + 1))
}

/** One address a line; commas and semicolons separate too, since lists are pasted from anywhere. */
export const splitAddresses = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean)

export const firstBadAddress = (text: string): string | undefined =>
  splitAddresses(text).find((address) => !isAddress(address))

export const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= 65_535
