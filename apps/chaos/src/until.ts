import { setTimeout as delay } from 'node:timers/promises'

const LOOK_EVERY_MS = 20

/** Looks until there is something to see. Throws with its name when the time is over. */
export async function until(what: string, withinMs: number, look: () => boolean | Promise<boolean>): Promise<void> {
  const begin = performance.now()
  while (!(await look())) {
    if (performance.now() - begin > withinMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`)
    await delay(LOOK_EVERY_MS)
  }
}

/** A fault lasts, and load goes on between two of them: time that passes on purpose. */
export async function lasting(ms: number): Promise<void> {
  await delay(ms)
}
