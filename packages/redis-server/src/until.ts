import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again, for a minute at the most. `what`: with which the error begins. */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what} within a minute`)
    await pause(20)
  }
}
