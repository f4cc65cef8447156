import { setTimeout as delay } from 'node:timers/promises'
import { ownTime } from './own-time.ts'

type Seen<T> = Exclude<T, false | 0 | '' | null | undefined | void>

const LOOK_EVERY_MS = 20

/**
 * Looks again and again until there is something to see; an error that names it when the time is over. The time is that of a machine
 * with nothing else to do: it is over after as many looks as fit into it there.
 */
export async function until<T>(what: string, withinMs: number, look: () => T | Promise<T>): Promise<Seen<T>> {
  const begin = performance.now()
  for (let looks = 0; ; looks++) {
    const seen = await look()
    if (seen) return seen as Seen<T>
    const waitedMs = Math.round(performance.now() - begin)
    if (waitedMs > withinMs && looks * LOOK_EVERY_MS > withinMs) {
      throw new Error(`waited ${waitedMs} ms in vain for: ${what}`)
    }
    await delay(LOOK_EVERY_MS)
  }
}

/** A fault lasts: the only thing in these tests that takes its time on purpose. */
export async function lasting(ms: number): Promise<void> {
  await delay(ms)
}

/** How a promise ended and when, ms of our own time after this call; `undefined` in place of an end after `withinMs` of it. */
export async function settled<T>(work: Promise<T>, withinMs: number): Promise<Settled<T>> {
  const begin = ownTime()
  const took = (): number => Math.round(ownTime() - begin)
  let over = false
  const never = (async () => {
    while (!over && took() < withinMs) await delay(LOOK_EVERY_MS)
    return { end: undefined, tookMs: took() } as const
  })()
  const end = await Promise.race([
    work.then(
      (value) => ({ end: 'resolved', value, tookMs: took() }) as const,
      (error: unknown) => ({ end: 'rejected', error, tookMs: took() }) as const,
    ),
    never,
  ])
  over = true
  return end
}

export type Settled<T> =
  | { readonly end: 'resolved'; readonly value: T; readonly tookMs: number }
  | { readonly end: 'rejected'; readonly error: unknown; readonly tookMs: number }
  | { readonly end: undefined; readonly tookMs: number }
