import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePathCommand } from './path-command.js'

const address = (path: string, verb: 'MAIL FROM' | 'RCPT TO' = 'RCPT TO'): string | false => {
  const parsed = parsePathCommand(verb, `${verb}:${path}`)
  return parsed && parsed.address
}

describe('parsePathCommand', () => {
  it.each([
    ['<a@b.test>', 'a@b.test'],
    [' <a@b.test>', 'a@b.test'],
    ['<A.b@B.Test>', 'A.b@b.test'],
    ['<a@b.test.>', 'a@b.test'],
    ['<a@bücher.test>', 'a@xn--bcher-kva.test'],
    ['<"a b"@c.test>', '"a b"@c.test'],
    ['<"a@x.test"@c.test>', '"a@x.test"@c.test'],
    ['<"a>b"@c.test>', '"a>b"@c.test'],
    ['<"a\\"b"@c.test>', '"a\\"b"@c.test'],
    ['<"plain"@c.test>', 'plain@c.test'],
    ['<@r.test:a@b.test>', 'a@b.test'],
    ['<@r.test,@s.test:a@b.test>', 'a@b.test'],
    ['<a@[127.0.0.1]>', 'a@[127.0.0.1]'],
    ['<a@[IPv6:::1]>', 'a@[ipv6:::1]'],
    ['<Postmaster>', 'postmaster'],
  ])('reads %s', (path, expected) => expect(address(path)).toBe(expected))

  it.each([
    'a@b.test',
    '<a@b.test',
    'a@b.test>',
    '<>',
    '<a>',
    '<@b.test>',
    '<a@>',
    '<a@b@c.test>',
    '<a b@c.test>',
    '<a@b.test>x',
    '<a@b.test><c@d.test>',
    '<"a@b.test>',
    '<a@[999.1.1.1]>',
    '<a@[IPv6:1.2.3.4]>',
    '<a@b..test>',
    '<a@-b.test>',
    '<a@1.2.3.4>',
    '<a@b.test\0>',
    '<a@b\r.test>',
    '<a\u200b@b.test>',
    `<${'a'.repeat(250)}@b.test>`,
    '<a,b@c.test>',
    '<a;b@c.test>',
    '<a@b.test> =x',
    '<@r.test:>',
    '<@@r.test:a@b.test>',
  ])('refuses %j', (path) => expect(address(path)).toBe(false))

  it('knows the null reverse-path', () => {
    expect(address('<>', 'MAIL FROM')).toBe('')
    expect(address('<@r.test:>', 'MAIL FROM')).toBe(false)
  })

  it('reads parameters', () => {
    expect(parsePathCommand('MAIL FROM', 'mail from:<a@b.test>  SIZE=10 smtputf8 X-Y=a=b')).toEqual({
      address: 'a@b.test',
      args: Object.assign(Object.create(null), { SIZE: '10', SMTPUTF8: true, 'X-Y': 'a=b' }),
    })
    expect(parsePathCommand('MAIL FROM', 'MAIL FROM:<a@b.test> SIZE=1 size=2')).toMatchObject({ duplicate: 'SIZE' })
    expect(parsePathCommand('MAIL FROM', 'MAIL FROM:<a@b.test> __proto__=1')).toBe(false)
  })

  it('never yields an address that could end a line or a path, nor a second at sign outside quotes', () => {
    const text = fc.string({
      unit: fc.constantFrom('<', '>', '@', '"', '\\', ':', ',', ' ', 'a', '.', '[', ']', '\r', '\n', '\0', 'é'),
    })
    fc.assert(
      fc.property(text, (value) => {
        const found = address(`<${value}>`, 'MAIL FROM')
        if (found === false || found === '') return
        expect(found).not.toMatch(/[\r\n\0]/)
        const bare = found.replace(/^"(?:[^"\\]|\\.)*"/, 'q')
        expect(bare).toMatch(/^[^<>@"\s]+@[^<>@"\s]+$/)
      }),
      { numRuns: 5_000 },
    )
  })

  it('takes no time over hostile text', () => {
    const started = performance.now()
    for (const part of ['@a,', '@', '"', '\\', '<', ':', 'a.', '@a:']) address(`<${part.repeat(65_536 / part.length)}>`)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})
