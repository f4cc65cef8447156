import { computed } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'
import { place } from './router.ts'

/** What the reader searches the open view for, or filters it by; it is part of the address. */
export const search: ReadonlySignal<string> = computed(() => place.value.query.get('q') ?? '')

/** Whether one of the texts contains it, whatever the case. */
export function matchesSearch(...texts: readonly (string | undefined)[]): boolean {
  const wanted = search.value.toLowerCase()
  return texts.some((text) => text?.toLowerCase().includes(wanted))
}
