/** What Linux says of a server's processes. PSS counts memory that processes share once. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const parentOf = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function tree(root) {
  const parents = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      parents.set(Number(name), parentOf(name))
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [root]
  for (const parent of found) for (const [pid, its] of parents) if (its === parent) found.push(pid)
  return found
}

/** KiB of a process and all under it. */
export function memoryKib(root) {
  let total = 0
  for (const pid of tree(root)) {
    try {
      total += Number(/Pss:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))[1])
    } catch {
      // It ended meanwhile.
    }
  }
  return total
}

/** True where it could be done: it takes root. */
export function dropCaches() {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}
