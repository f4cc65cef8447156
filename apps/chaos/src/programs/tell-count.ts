import type { Host } from './host.ts'

const TELL_EVERY_MS = 50

/** Tells the harness how much a program has done so far, when that has changed. */
export function tellCount(host: Host, count: () => number): { stop(): void } {
  let told = 0
  const telling = setInterval(() => {
    if (told !== count()) host.tell({ kind: 'count', count: (told = count()) })
  }, TELL_EVERY_MS)
  return { stop: () => clearInterval(telling) }
}
