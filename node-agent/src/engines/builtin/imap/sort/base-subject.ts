/** The base subject of a message, by which SORT and THREAD compare (RFC 5256 section 2.1). */

export interface BaseSubject {
  text: string
  /** What was taken off marks a reply or a forward. */
  isReplyOrForward: boolean
}

const trailer = /(?:\(fwd\)| )$/i
const leader = /^(?:(?:\[[^[\]]*\] *)*(?:re|fwd?) *(?:\[[^[\]]*\] *)?:| )/i
const blob = /^\[[^[\]]*\] */
const forward = /^\[fwd:.*\]$/i

/** Of a subject without encoded words. The numbers are those of the RFC's steps. */
export function baseSubject(subject: string): BaseSubject {
  let isReplyOrForward = false
  let text = subject.replace(/\s+/g, ' ') // 1
  for (;;) {
    for (let match = trailer.exec(text); match; match = trailer.exec(text)) {
      isReplyOrForward ||= match[0] !== ' '
      text = text.slice(0, match.index) // 2
    }
    for (;;) {
      const match = leader.exec(text)
      if (match) {
        isReplyOrForward ||= match[0] !== ' '
        text = text.slice(match[0].length) // 3
        continue
      }
      const prefix = blob.exec(text)
      if (!prefix || prefix[0].length === text.length) break
      text = text.slice(prefix[0].length) // 4
    }
    if (!forward.test(text)) return { text, isReplyOrForward }
    isReplyOrForward = true
    text = text.slice('[fwd:'.length, -1) // 6
  }
}
