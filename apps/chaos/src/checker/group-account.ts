import type { Consumed, ConsumeEnded, GivenMessage, GroupSettled, HistoryEvent } from '../history/event.ts'
import { remember } from './account.ts'

/** One message in the hands of a member, once: from asking for it to the confirmation of its settlement. */
export interface GroupDelivery extends GivenMessage {
  readonly proc: string
  readonly from: number
  readonly at: number
  start: (Consumed & { readonly at: number }) | undefined
  how: ConsumeEnded['how'] | undefined
  settled: { readonly from: number; readonly at: number; readonly kind: Kind } | undefined
}

type Kind = GroupSettled['settled'][number]['kind']

export interface GroupAccount {
  readonly group: string
  /** By number; of each message as the group gave it, by fence. */
  readonly messages: ReadonlyMap<number, readonly GroupDelivery[]>
  /** All, by fence. */
  readonly deliveries: readonly GroupDelivery[]
  /** Settlements that were refused. */
  readonly stale: number
}

/** What became of each message in one group. */
export function takeGroupAccount(events: readonly HistoryEvent[], group: string): GroupAccount {
  const byFence = new Map<string, GroupDelivery>()
  const byLease = new Map<string, GroupDelivery>()
  let stale = 0
  for (const event of events) {
    if (!('group' in event) || event.group !== group) continue
    const { proc, at } = event
    switch (event.ev) {
      case 'group.claim':
        for (const given of event.given) {
          const { from } = event
          const delivery = { ...given, proc, from, at, start: undefined, how: undefined, settled: undefined }
          byFence.set(`${proc} ${given.fence}`, delivery)
          byLease.set(`${proc} ${given.lease}`, delivery)
        }
        break
      case 'consume': {
        const delivery = byFence.get(`${proc} ${event.fence}`)
        if (delivery) delivery.start ??= event
        break
      }
      case 'consume.end': {
        const delivery = byFence.get(`${proc} ${event.fence}`)
        if (delivery) delivery.how ??= event.how
        break
      }
      case 'group.settled':
        stale += event.stale.length
        for (const { lease, kind } of event.settled) {
          const delivery = byLease.get(`${proc} ${lease}`)
          if (delivery) delivery.settled ??= { from: event.from, at, kind }
        }
        break
    }
  }
  const deliveries = [...byFence.values()].toSorted((a, b) => a.fence - b.fence)
  const messages = new Map<number, GroupDelivery[]>()
  for (const delivery of deliveries) remember(messages, Number(delivery.n), () => []).push(delivery)
  return { group, messages, deliveries, stale }
}
