import { computed } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'
import { clockNow } from './clock.ts'
import { heardAt, storageAway } from './live.ts'
import { goneSince } from './session.ts'

/** News older than this are called stale: they come every second or so. */
const STALE_MS = 6_000

/** Since when nothing new has come although the server is there; undefined: all is well, or nothing came yet. */
export const staleSince: ReadonlySignal<number | undefined> = computed(() => {
  const heard = heardAt.value
  return heard !== undefined && clockNow.value - heard > STALE_MS ? heard : undefined
})

/** Whether what is shown is from before. */
export const isOld: ReadonlySignal<boolean> = computed(
  () => goneSince.value !== undefined || storageAway.value || staleSince.value !== undefined,
)
