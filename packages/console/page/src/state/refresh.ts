import { signal } from '@preact/signals'

/** Rises when the reader asks for everything anew. */
export const refreshes = signal(0)

export function refresh(): void {
  refreshes.value++
}
