/** A lock file that holds its owner's process id, so that what a killed owner left behind can be told from a living one's. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Takes the lock, or names who has it.
 * @param {string} file
 * @param {string} program part of the command line of whoever may hold it: a process id is used again after a reboot
 * @returns {{ release: () => void } | { holder: number }}
 */
export function tryLock(file, program) {
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return { release: () => rmSync(file, { force: true }) }
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = readHolder(file)
    if (holder !== null && isRunning(holder, program)) return { holder }
    rmSync(file, { force: true })
  }
}

function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || null
  } catch {
    return null
  }
}

function isRunning(pid, program) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (error.code === 'ESRCH') return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program)
  } catch {
    return true
  }
}
