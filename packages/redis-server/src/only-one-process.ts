import { randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { kill, pid } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Does the work while no other process does it. A lock left behind by a dead process is taken over; two that take it
 * over in the same instant may both come in, so the work has to bear that.
 */
export async function onlyOneProcess(lock: string, work: () => Promise<void>): Promise<void> {
  while (!(await acquire(lock))) {
    if (await isAbandoned(lock)) await rm(lock, { force: true })
    else await delay(100)
  }
  try {
    await work()
  } finally {
    await rm(lock, { force: true })
  }
}

/** The lock appears with its owner written in it, so that nobody ever finds it empty. */
async function acquire(lock: string): Promise<boolean> {
  const mine = `${lock}.${pid}.${randomUUID()}`
  await writeFile(mine, String(pid))
  try {
    await link(mine, lock)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(mine)
  }
}

async function isAbandoned(lock: string): Promise<boolean> {
  const owner = Number(await readFile(lock, 'utf8').catch(() => ''))
  if (!owner) return false // just released
  try {
    kill(owner, 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
