import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCsv, writeCsv } from './csv.ts'
import { guessColumns } from './import-fields.ts'
import { withPasswords } from './with-passwords.ts'

const cells = (text: string) => readCsv(text).records.map((record) => record.cells)

describe('a CSV file', () => {
  test.each([
    ['address,name\na@b.example,Anna', [['a@b.example', 'Anna']]],
    ['address;name\r\na@b.example;"Lê, Anna"\r\n', [['a@b.example', 'Lê, Anna']]],
    ['\uFEFFaddress\tname\na@b.example\t"say ""hi"""', [['a@b.example', 'say "hi"']]],
    ['a,b\n\n1,2\n\n', [['1', '2']]],
    ['a,b\n1,\n', [['1', '']]],
    ['a\n"never closed', [['never closed']]],
    ['', []],
  ])('%j', (text, expected) => expect(cells(text)).toEqual(expected))

  test('counts lines as an editor does, in cells of several lines too', () => {
    const { columns, records } = readCsv(' a , b\n"1\n2",3\n\n4,5')
    expect(columns).toEqual(['a', 'b'])
    expect(records.map(({ line }) => line)).toEqual([2, 5])
  })

  test('is read as it was written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'ế', ',', ';', '\t', '"', '\n', ' ') })
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(rows, fc.constantFrom(',', ';', '\t'), (table, delimiter) => {
        const written = writeCsv([['one', 'two'], ...table], delimiter)
        expect(cells(written)).toEqual(table)
      }),
    )
  })
})

describe('the columns of a file', () => {
  test('are found by the names that other programs give them', () => {
    expect(guessColumns('MAILBOXES', ['E-Mail', 'Full name', 'Quota', 'Notes'])).toEqual({
      address: 'E-Mail',
      name: 'Full name',
      quotaBytes: 'Quota',
    })
    expect(guessColumns('MAILBOXES', ['Địa chỉ', 'Họ tên', 'Mật khẩu'])).toEqual({
      address: 'Địa chỉ',
      name: 'Họ tên',
      password: 'Mật khẩu',
    })
    expect(guessColumns('DOMAINS', ['domain', 'catch-all'])).toEqual({ name: 'domain', catchAll: 'catch-all' })
    expect(guessColumns('ALIASES', ['goto', 'address'])).toEqual({ address: 'address', targets: 'goto' })
  })
})

test('passwords are put beside what is in the file, each one of its own', () => {
  const made = withPasswords('mail;who\r\na@b.example;"Lê; Anna"\r\n\r\nshort@b.example', 'mail')
  const { columns, records } = readCsv(made.file)
  expect(columns).toEqual(['mail', 'who', made.column])
  expect(records.map((record) => record.cells.length)).toEqual([3, 3])
  expect(records.map((record) => record.cells.slice(0, 2))).toEqual([
    ['a@b.example', 'Lê; Anna'],
    ['short@b.example', ''],
  ])
  expect(made.accounts.map(({ line, address }) => [line, address])).toEqual([
    [2, 'a@b.example'],
    [4, 'short@b.example'],
  ])
  expect(records.map((record) => record.cells[2])).toEqual(made.accounts.map(({ password }) => password))
  expect(new Set(made.accounts.map(({ password }) => password)).size).toBe(2)
  expect(withPasswords('mail,generated password\na,b', 'mail').column).toBe('generated password 2')
})
