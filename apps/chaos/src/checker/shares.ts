import type { Claimed, HistoryEvent, SettleEvent } from '../history/event.ts'
import type { Violation } from './violation.ts'

/** The greatest limits that held at any time of the run. */
export interface ShareBounds {
  /** Leases at once. */
  readonly concurrency: number
  /** Leases of one key at once. */
  readonly keyConcurrency: number
  readonly rate: { readonly count: number; readonly perMs: number; readonly burst: number }
  readonly leaseMs: number
}

interface Lease {
  readonly n: string
  readonly key: string | undefined
  readonly from: number
  /** It was certainly held until then. */
  until: number
}

/** The server's clock counts whole milliseconds. */
const ROUNDING_MS = 1

/**
 * I8, by the server's clock alone: no limit is exceeded. A lease lasts from its claim until the turn that settled it,
 * or, where no reply says of one, until it could be over at the earliest: what a killed worker settled is not known.
 */
export function checkShares(history: Iterable<HistoryEvent>, bounds: ShareBounds): Violation[] {
  const leases = leasesIn(history, bounds.leaseMs)
  return [
    ...exceeding('the queue', leases, bounds.concurrency),
    ...[...byKey(leases)].flatMap(([key, own]) => exceeding(`key ${key}`, own, bounds.keyConcurrency)),
    ...tooFast(leases, bounds),
  ]
}

function leasesIn(history: Iterable<HistoryEvent>, leaseMs: number): Lease[] {
  const leases = new Map<string, Lease>()
  for (const event of history) {
    if (event.ev === 'claim') begin(leases, event, leaseMs)
    else if (event.ev === 'settle.ok') end(leases, event)
    // From here on it may have ended, until a reply says when.
    else if (event.ev === 'settle.invoke') end(leases, { ...event, servedAt: 0 })
    else if (event.ev === 'cancel.invoke') cut(leases, event.n)
  }
  return [...leases.values()].sort((one, other) => one.from - other.from)
}

function begin(leases: Map<string, Lease>, { n, lease, key, givenAt }: Claimed, leaseMs: number): void {
  // A repeated turn says the time of the repetition: the first is the first that is known.
  if (givenAt === undefined || leases.has(lease)) return
  leases.set(lease, { n, key, from: givenAt, until: givenAt + leaseMs })
}

function end(leases: Map<string, Lease>, { lease, servedAt }: SettleEvent): void {
  const held = leases.get(lease)
  if (held && servedAt !== undefined) held.until = servedAt
}

function cut(leases: ReadonlyMap<string, Lease>, n: string): void {
  for (const held of leases.values()) if (held.n === n) held.until = Math.min(held.until, held.from)
}

function byKey(leases: readonly Lease[]): Map<string, Lease[]> {
  const keys = new Map<string, Lease[]>()
  for (const lease of leases) {
    if (lease.key === undefined) continue
    const own = keys.get(lease.key)
    if (own) own.push(lease)
    else keys.set(lease.key, [lease])
  }
  return keys
}

/** `leases`: by their begin. */
function exceeding(whose: string, leases: readonly Lease[], most: number): Violation[] {
  let held: Lease[] = []
  for (const lease of leases) {
    held = held.filter(({ until }) => until > lease.from)
    held.push(lease)
    if (held.length > most) {
      const what = `${whose} had ${held.length} leases at ${lease.from}, ${most} are allowed: ${held.map(({ n }) => n).join(', ')}`
      return [{ invariant: 'I8', what }]
    }
  }
  return []
}

function tooFast(leases: readonly Lease[], { rate }: ShareBounds): Violation[] {
  const most = rate.count + rate.burst
  let first = 0
  for (const [i, { from }] of leases.entries()) {
    while (leases[first]!.from <= from - rate.perMs + ROUNDING_MS) first++
    const count = i - first + 1
    if (count > most) {
      return [{ invariant: 'I8', what: `${count} tasks were given within ${rate.perMs} ms, ${most} are allowed` }]
    }
  }
  return []
}
