import type { Consumed, ConsumeEnded, GivenMessage, GroupSettled, HistoryEvent } from '../history/event.ts'
import { remember } from './account.ts'
import type { GroupLives } from './group-lives.ts'
import { groupLivesOf } from './group-lives.ts'

/** One delivery of a message to a member: from the claim that asked for it to the confirmation of its settlement. */
export interface GroupDelivery extends GivenMessage {
  readonly proc: string
  readonly from: number
  readonly at: number
  start: (Consumed & { readonly at: number }) | undefined
  how: ConsumeEnded['how'] | undefined
  /** How often its step was done, and when its memo was known to be stored. */
  steps: number
  keptAt: number | undefined
  settled: { readonly from: number; readonly at: number; readonly kind: Kind } | undefined
}

type Kind = GroupSettled['settled'][number]['kind']

export interface GroupAccount {
  readonly group: string
  /** The deliveries of each message, by its number, in the order of their fences. */
  readonly messages: ReadonlyMap<number, readonly GroupDelivery[]>
  /** All, in the order of their fences. */
  readonly deliveries: readonly GroupDelivery[]
  /** Settlements that were refused. */
  readonly stale: number
  readonly lives: GroupLives
}

/** How each message ended in each group. */
export function takeGroupAccounts(events: readonly HistoryEvent[], groups: readonly string[]): GroupAccount[] {
  const all = new Map(groups.map((group) => [group, newGroup()]))
  for (const event of events) {
    if (!('group' in event) || event.group === undefined) continue
    const found = all.get(event.group)
    if (found === undefined) continue
    const member = remember(found.members, event.proc, newMember)
    const { proc, at } = event
    switch (event.ev) {
      case 'group.claim':
        for (const { n, lease, fence, failures, crashes } of event.given) {
          // A repeated turn answers with the same messages.
          if (member.byFence.get(fence)?.lease === lease) continue
          const open = { start: undefined, how: undefined, steps: 0, keptAt: undefined, settled: undefined }
          const delivery = { n, lease, fence, failures, crashes, proc, from: event.from, at, ...open }
          found.deliveries.push(delivery)
          member.byFence.set(fence, delivery)
          member.byLease.set(lease, delivery)
        }
        break
      case 'consume': {
        const delivery = member.byFence.get(event.fence)
        if (delivery) delivery.start ??= event
        break
      }
      case 'consume.end': {
        const delivery = member.byFence.get(event.fence)
        if (delivery) delivery.how ??= event.how
        break
      }
      case 'once.do':
      case 'once.kept': {
        const delivery = member.byFence.get(event.fence)
        if (delivery && event.ev === 'once.do') delivery.steps++
        else if (delivery) delivery.keptAt = at
        break
      }
      case 'group.settled':
        found.stale += event.stale.length
        for (const { lease, kind } of event.settled) {
          const delivery = member.byLease.get(lease)
          if (delivery) delivery.settled ??= { from: event.from, at, kind }
        }
        break
    }
  }
  return [...all].map(([group, { deliveries, stale }]) => {
    deliveries.sort((a, b) => a.fence - b.fence)
    const messages = new Map<number, GroupDelivery[]>()
    for (const delivery of deliveries) remember(messages, Number(delivery.n), () => []).push(delivery)
    return { group, messages, deliveries, stale, lives: groupLivesOf(events, group) }
  })
}

interface Member {
  readonly byFence: Map<number, GroupDelivery>
  readonly byLease: Map<string, GroupDelivery>
}

function newMember(): Member {
  return { byFence: new Map(), byLease: new Map() }
}

function newGroup(): { readonly deliveries: GroupDelivery[]; readonly members: Map<string, Member>; stale: number } {
  return { deliveries: [], members: new Map(), stale: 0 }
}
