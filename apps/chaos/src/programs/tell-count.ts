import type { Host } from './host.ts'

const TELL_EVERY_MS = 50

/** Reports to the harness how much a program has done so far, and is doing, when that has changed. */
export function tellCount(host: Host, count: () => number, running = (): number => 0): { stop(): void } {
  let told = { count: 0, running: 0 }
  const tell = (): void => {
    const now = { count: count(), running: running() }
    if (told.count === now.count && told.running === now.running) return
    told = now
    host.tell({ kind: 'count', ...now })
  }
  const telling = setInterval(tell, TELL_EVERY_MS)
  return {
    stop: () => {
      clearInterval(telling)
      // A caller that waits for the last count would wait in vain.
      tell()
    },
  }
}
