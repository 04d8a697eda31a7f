/** Hands a text to the browser as a file to keep. It never leaves the page otherwise. */
export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Not at once: the download may not have begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
