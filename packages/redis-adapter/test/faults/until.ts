import { setTimeout as delay } from 'node:timers/promises'

type Seen<T> = Exclude<T, false | 0 | '' | null | undefined | void>

const LOOK_EVERY_MS = 20

/** Looks again and again until there is something to see; an error that names it when the time is over. */
export async function until<T>(what: string, withinMs: number, look: () => T | Promise<T>): Promise<Seen<T>> {
  const begin = performance.now()
  for (;;) {
    const seen = await look()
    if (seen) return seen as Seen<T>
    const waitedMs = Math.round(performance.now() - begin)
    if (waitedMs > withinMs) throw new Error(`waited ${waitedMs} ms in vain for: ${what}`)
    await delay(LOOK_EVERY_MS)
  }
}

/** A fault lasts: the only thing in these tests that takes its time on purpose. */
export async function lasting(ms: number): Promise<void> {
  await delay(ms)
}

/** How a promise ended and when, ms after this call; `undefined` in place of an end after `withinMs`. */
export async function settled<T>(work: Promise<T>, withinMs: number): Promise<Settled<T>> {
  const begin = performance.now()
  const took = (): number => Math.round(performance.now() - begin)
  const giveUp = new AbortController()
  const never = delay(withinMs, undefined, { signal: giveUp.signal }).then(
    () => ({ end: undefined, tookMs: took() }) as const,
    () => ({ end: undefined, tookMs: took() }) as const,
  )
  const end = await Promise.race([
    work.then(
      (value) => ({ end: 'resolved', value, tookMs: took() }) as const,
      (error: unknown) => ({ end: 'rejected', error, tookMs: took() }) as const,
    ),
    never,
  ])
  giveUp.abort()
  return end
}

export type Settled<T> =
  | { readonly end: 'resolved'; readonly value: T; readonly tookMs: number }
  | { readonly end: 'rejected'; readonly error: unknown; readonly tookMs: number }
  | { readonly end: undefined; readonly tookMs: number }
