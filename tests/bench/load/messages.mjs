/** Messages of a wanted size, the same for every server: plain text of common words, and one in a hundred with a rare one. */
export const rare = { subject: 'zebracrossing', text: 'platypus' }
const words =
  'alpha bravo mail queue relay header folder quota server client domain message invoice report meeting project budget travel'.split(
    ' ',
  )

const text = Array.from({ length: 16_384 }, (_, line) =>
  Array.from({ length: 10 }, (_, column) => words[(line * 7 + column * 11 + (line >> 4) * column) % words.length])
    .join(' ')
    .slice(0, 70)
    .padEnd(70, '.'),
).join('\r\n')

let made = 0

/** @param {number} size octets, header included */
export function message(size) {
  const number = ++made
  const isRare = number % 100 === 7
  const subject = `${words[number % words.length]} number ${number}${isRare ? ` ${rare.subject}` : ''}`
  const header =
    `From: Sender ${number % 97} <sender${number % 97}@load.test>\r\nTo: <you@bench.test>\r\nSubject: ${subject}\r\n` +
    `Date: Tue, 24 Nov 2026 10:${String(number % 60).padStart(2, '0')}:00 +0000\r\nMessage-ID: <${process.pid}.${number}@load.test>\r\n` +
    `MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n${isRare ? `the ${rare.text} line\r\n` : ''}`
  const wanted = Math.max(2, size - header.length - 2)
  const start = ((number * 13) % 1000) * 72
  return `${header}${text.slice(start, start + wanted)}\r\n`
}
