import { Writable } from 'node:stream'
import { QueryFailedError } from 'typeorm'
import { expect, test } from 'vitest'
import { createLogger } from './logger.js'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  write(createLogger('info', stream))
  return text
}

test('the values of a failed statement, password hashes among them, stay out of the log; the statement does not', () => {
  const hash = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA'
  const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: `Key (x)=(${hash}) exists.` })
  const error = new QueryFailedError('INSERT INTO mailbox VALUES ($1)', [hash], cause)
  const text = logged((logger) => logger.error({ error }, 'request failed'))
  expect(text).not.toContain('argon2id')
  expect(text).toContain('INSERT INTO mailbox')
  expect(text).toContain('23505')
})
