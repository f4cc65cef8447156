import type { HistoryEvent } from '../history/event.ts'

export interface Published {
  readonly message: string
  readonly invokedAt: number
  /** How often its handler throws. */
  readonly fails: number
  /** Its number, once it is confirmed. */
  n: number | undefined
  okAt: number | undefined
  epoch: string | undefined
}

/** By message. */
export function publishesIn(events: readonly HistoryEvent[]): ReadonlyMap<string, Published> {
  const published = new Map<string, Published>()
  for (const event of events) {
    if (event.ev === 'publish.invoke') {
      const { message, at: invokedAt, fails = 0 } = event
      published.set(message, { message, invokedAt, fails, n: undefined, okAt: undefined, epoch: undefined })
    } else if (event.ev === 'publish.ok') {
      const known = published.get(event.message)
      if (known) Object.assign(known, { n: event.n, okAt: event.at, epoch: event.epoch })
    }
  }
  return published
}
