import { expect, it } from 'vitest'
import { saslprep } from './saslprep.js'

it.each([
  // RFC 4013 section 3.
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['\u0007', null],
  ['\u0627\u0031', null],
  // Vietnamese, composed and decomposed.
  ['mật khẩu', 'mật khẩu'],
  ['mật khẩu'.normalize('NFD'), 'mật khẩu'],
  ['a\u00a0b', 'a b'],
  ['\u05d0\u05d1', '\u05d0\u05d1'],
  ['\ue000', null],
])('%j becomes %j', (given, prepared) => expect(saslprep(given)).toBe(prepared))
