import type { HistoryEvent } from '../history/event.ts'
import type { Account } from './account.ts'
import { remember, strikes } from './account.ts'
import type { Violation } from './verdict.ts'

type Of<K extends HistoryEvent['ev']> = Extract<HistoryEvent, { readonly ev: K }>

/** A message in the hands of a member: from asking for it to the confirmation of its settlement. */
interface Holding {
  readonly proc: string
  readonly from: number
  until: number
}

export interface Groups {
  readonly received: number
  readonly missed: number
  readonly duplicates: number
  readonly bound: number
  readonly beyondBound: number
  readonly violations: readonly Violation[]
}

/** K1: each group is given each message of a durable channel, and again only if a fault struck the member that had it. */
export function checkGroups(account: Account, groups: readonly string[]): Groups {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K1', what })
  const { invoked, confirmed } = publishedIn(account.events)
  const holdings = holdingsIn(account.events)
  const faults = [...account.faults, ...account.stalls]
  const wasStruck = ({ proc, from, until }: Holding): boolean =>
    faults.some((fault) => strikes(fault, proc) && from <= fault.endAt && until >= fault.beginAt - fault.forgetsMs)
  let missed = 0
  let duplicates = 0
  let beyondBound = 0
  const consumed = account.events.filter((event) => event.ev === 'consume')
  for (const group of groups) {
    const given = new Map<string, Of<'consume'>[]>()
    for (const event of consumed) if (event.group === group) remember(given, event.message, () => []).push(event)
    for (const [message, n] of confirmed) {
      const first = given.get(message)?.[0]
      if (first === undefined) {
        missed++
        say(`group ${group} was never given ${message}`)
      } else if (first.n !== n) say(`group ${group} was given ${message} as ${first.n}, published as ${n}`)
    }
    for (const [message, starts] of given) {
      if (!invoked.has(message)) say(`group ${group} was given ${message}, and nobody published it`)
      const ordered = starts.toSorted((a, b) => a.fence - b.fence)
      for (const [i, start] of ordered.entries()) {
        const before = ordered[i - 1]
        if (before === undefined) continue
        duplicates++
        const holding = holdings.get(`${group} ${before.fence}`)
        if (holding && wasStruck(holding)) continue
        beyondBound++
        say(`group ${group} was given ${message} again by ${start.proc}, and no fault had struck ${before.proc}`)
      }
    }
  }
  const bound = [...holdings.values()].filter(wasStruck).length
  return { received: consumed.length, missed, duplicates, bound, beyondBound, violations }
}

function publishedIn(events: readonly HistoryEvent[]): {
  readonly invoked: ReadonlySet<string>
  readonly confirmed: ReadonlyMap<string, number>
} {
  const invoked = new Set<string>()
  const confirmed = new Map<string, number>()
  for (const event of events) {
    if (event.ev === 'publish.invoke') invoked.add(event.message)
    else if (event.ev === 'publish.ok') confirmed.set(event.message, event.n)
  }
  return { invoked, confirmed }
}

/** By group and fence. */
function holdingsIn(events: readonly HistoryEvent[]): ReadonlyMap<string, Holding> {
  const byFence = new Map<string, Holding>()
  const byLease = new Map<string, Holding>()
  for (const event of events) {
    if (event.ev === 'group.claim') {
      for (const { lease, fence } of event.given) {
        const holding = { proc: event.proc, from: event.from, until: Number.POSITIVE_INFINITY }
        byFence.set(`${event.group} ${fence}`, holding)
        byLease.set(`${event.group} ${lease}`, holding)
      }
    } else if (event.ev === 'group.settled') {
      for (const lease of event.leases) {
        const holding = byLease.get(`${event.group} ${lease}`)
        if (holding) holding.until = Math.min(holding.until, event.at)
      }
    }
  }
  return byFence
}
