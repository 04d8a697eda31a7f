/**
 * Text as SEARCH compares it: i;unicode-casemap (RFC 5051), that is decomposed and without case, with each run of white space as
 * one space. Beyond the RFC, letters typed without marks find those with marks (`thu` finds `thư`, `duong` finds `đường`), while a text
 * typed with marks finds only itself.
 */

/** Of Latin, Greek and Cyrillic: in other scripts marks are vowels, and without them a word is another one. */
const marks = /[\u0300-\u036f]/
const allMarks = /[\u0300-\u036f]/g
const ascii = /^[\0-\x7f]*$/

export function foldText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase().replace(/\s+/g, ' ')
  return (
    text
      .normalize('NFKD')
      .toLowerCase()
      // toLowerCase looks at where a sigma stands, and a part of a word must not.
      .replaceAll('ς', 'σ')
      // Unicode does not decompose a stroke.
      .replaceAll('đ', 'd\u0335')
      .replace(/\s+/g, ' ')
  )
}

export const hasMarks = (folded: string): boolean => marks.test(folded)
export const withoutMarks = (folded: string): string => (ascii.test(folded) ? folded : folded.replace(allMarks, ''))

/** Whether a text holds another one; both folded. */
export const holdsText = (text: string, sought: string): boolean =>
  text.includes(sought) || (!hasMarks(sought) && withoutMarks(text).includes(sought))
