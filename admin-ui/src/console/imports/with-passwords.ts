/** A file of mailboxes with a column more: a password for each, made in this browser. */
import { generatePassword } from '../../format/password.ts'
import { readCsv, writeCsv } from './csv.ts'

export interface MadeAccount {
  /** In the file as it was given. */
  line: number
  address: string
  password: string
}

export function withPasswords(text: string, addressColumn: string) {
  const { columns, records, delimiter } = readCsv(text)
  let column = 'generated password'
  for (let number = 2; columns.includes(column); number += 1) column = `generated password ${number}`
  const at = columns.indexOf(addressColumn)
  const accounts: MadeAccount[] = []
  const rows = records.map(({ line, cells }) => {
    const password = generatePassword()
    accounts.push({ line, address: cells[at] ?? '', password })
    // One with too many cells is refused by the server as it is, and would be read wrongly with one more.
    return cells.length > columns.length
      ? [...cells, password]
      : [...columns.map((_, index) => cells[index] ?? ''), password]
  })
  return { file: writeCsv([[...columns, column], ...rows], delimiter), column, accounts }
}
