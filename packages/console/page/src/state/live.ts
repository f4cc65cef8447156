import { computed, signal } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'
import type { Overview } from '../api/overview-contract.ts'

export type Link = 'connecting' | 'live' | 'polling'

/** How news come: by the live feed, or asked for where that is refused. */
export const link = signal<Link>('connecting')
export const overview = signal<Overview | undefined>(undefined)
/** When the last news came, by the browser's clock. */
export const heardAt = signal<number | undefined>(undefined)

export const storageAway: ReadonlySignal<boolean> = computed(() => overview.value?.storage.state === 'away')

/** What the last minutes were like, for small trends: one sample a second at the most, 5 minutes. */
const SAMPLES = 300
const trends = new Map<string, number[]>()

/** Of a queue by its name; `''` is all of them. */
export function trendOf(queue: string): readonly number[] {
  return trends.get(queue) ?? []
}

export function take(news: Overview): void {
  overview.value = news
  heardAt.value = Date.now()
  add('', news.perSecond?.completed)
  for (const { name, perSecond } of news.queues) add(name, perSecond?.completed)
  if (trends.size > 2 * (news.queues.length + 1)) forget(news)
}

function add(queue: string, value: number | undefined): void {
  if (value === undefined) return
  const samples = trends.get(queue) ?? []
  samples.push(value)
  if (samples.length > SAMPLES) samples.shift()
  trends.set(queue, samples)
}

function forget({ queues }: Overview): void {
  const names = new Set(['', ...queues.map(({ name }) => name)])
  for (const name of trends.keys()) if (!names.has(name)) trends.delete(name)
}
