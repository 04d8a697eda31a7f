/**
 * SASLprep (RFC 4013): the form in which passwords are hashed for SCRAM, so that the same password typed on different keyboards is
 * one. Both sides of the product prepare passwords by this; Unicode is that of the JavaScript engine instead of 3.2.
 */

/** RFC 3454 table C.1.2. */
const otherSpaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
/** RFC 3454 table B.1: commonly mapped to nothing. */
const mappedToNothing = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/gu
/** RFC 3454 tables C.2 to C.9, and what is assigned to nothing. */
const prohibited =
  /[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\ufffd\u2ff0-\u2ffb\u0340\u0341\u200e\u200f\u202a-\u202e\u{e0001}\u{e0020}-\u{e007f}]/u
/** RFC 3454 section 6, by script: what is written from right to left. */
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u
const leftToRight = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hangul}]/u

/** Null where the text has what SASLprep prohibits: such a password has no SCRAM verifier. */
export function saslprep(text: string): string | null {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  const prepared = text.replace(otherSpaces, ' ').replace(mappedToNothing, '').normalize('NFKC')
  if (prepared === '' || prohibited.test(prepared)) return null
  if (!rightToLeft.test(prepared)) return prepared
  const letters = [...prepared]
  const framed = rightToLeft.test(letters[0]!) && rightToLeft.test(letters.at(-1)!)
  return framed && !leftToRight.test(prepared) ? prepared : null
}
