import { signal } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'

const ticking = signal(Date.now())

/** The browser's time, once a second while somebody looks. */
export const clockNow: ReadonlySignal<number> = ticking

let offsetMs = 0

/** The storage's time, for comparing with what it wrote: clocks differ. */
export const storageNow = (): number => ticking.value + offsetMs

/** A time of the storage just arrived. Small differences are the way it took. */
export function storageSaid(at: number): void {
  const offset = at - Date.now()
  if (Math.abs(offset - offsetMs) > 1_500) offsetMs = offset
}

const tick = (): void => {
  if (!document.hidden) ticking.value = Date.now()
}
setInterval(tick, 1_000)
document.addEventListener('visibilitychange', tick)
