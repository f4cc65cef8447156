import type { EndState } from '../end-state/end-state.ts'
import type { Account } from './account.ts'
import { remember } from './account.ts'
import { strikesWithin } from './circumstances.ts'
import type { Expectations } from './expectations.ts'
import type { GroupAccount, GroupDelivery } from './group-account.ts'
import { takeGroupAccounts } from './group-account.ts'
import { checkGroupCommits } from './group-commits.ts'
import { checkGroupEnds } from './group-ends.ts'
import { checkGroupLimits } from './group-limits.ts'
import { checkGroupOrder, checkKeyedOrder, checkPublishOrder } from './group-order.ts'
import { checkGroupPauses } from './group-pauses.ts'
import { checkGroupSeeks } from './group-seeks.ts'
import { checkGroupSteps } from './group-steps.ts'
import type { Published } from './publishes.ts'
import { publishesIn } from './publishes.ts'
import type { Violation } from './violation.ts'

export interface Groups {
  readonly received: number
  readonly missed: number
  readonly duplicates: number
  readonly bound: number
  readonly beyondBound: number
  readonly staleAttempts: number
  readonly staleRefused: number
  readonly violations: readonly Violation[]
}

/** K1: each group receives each message of a durable channel, in order, and each is done or buried. */
export function checkGroups(account: Account, state: EndState | undefined, expected: Expectations): Groups {
  const { events } = account
  const groups = takeGroupAccounts(events, expected.groups ?? [])
  const published = publishesIn(events)
  const sums = { received: 0, missed: 0, duplicates: 0, bound: 0, beyondBound: 0, staleAttempts: 0, staleRefused: 0 }
  const violations: Violation[] =
    groups.length === 0 ? [] : [...checkPublishOrder(account, published), ...checkNews(account)]
  for (const group of groups) {
    const commits = checkGroupCommits(account, group)
    const deliveries = checkDeliveries(account, group, published)
    const ends = checkGroupEnds(group, published, state?.groups)
    const order = expected.keyedGroups?.includes(group.group)
      ? checkKeyedOrder(account, group, published)
      : checkGroupOrder(account, group, expected)
    violations.push(...deliveries.violations, ...commits, ...order)
    violations.push(...checkGroupPauses(account, group))
    violations.push(...checkGroupSteps(account, group), ...checkGroupSeeks(account, group, published))
    violations.push(...checkGroupLimits(account, group, published, state?.groups, expected), ...ends.violations)
    sums.received += group.deliveries.filter(({ start }) => start).length
    sums.missed += deliveries.missed + ends.unended
    sums.duplicates += deliveries.duplicates
    sums.bound += deliveries.bound
    sums.beyondBound += deliveries.beyondBound
    sums.staleAttempts += group.stale + commits.filter(({ what }) => what.includes('stale')).length
    sums.staleRefused += group.stale
  }
  return { ...sums, violations }
}

/**
 * No message is dropped before a group has read it, and no group disappears, unless the server lost its data: so no
 * process reports that.
 */
function checkNews({ events, faults }: Account): Violation[] {
  if (faults.some(({ forgetsMs }) => forgetsMs > 0)) return []
  return events.flatMap((event) => {
    if (event.ev !== 'error' || event.code !== 'messages-lost') return []
    return [{ invariant: 'K1' as const, what: `${event.proc} reported: ${event.message}` }]
  })
}

type Deliveries = Pick<Groups, 'missed' | 'duplicates' | 'bound' | 'beyondBound' | 'violations'>

/** A message comes at least once, and again only if its handler failed, or a fault struck the member that had it. */
function checkDeliveries(
  account: Account,
  { group, deliveries, lives }: GroupAccount,
  published: ReadonlyMap<string, Published>,
): Deliveries {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'K1', what: `group ${group} ${what}` })
  const faults = [...account.faults, ...account.stalls]
  const wasStruck = ({ proc, from, settled }: GroupDelivery): boolean => {
    const until = settled?.at ?? Number.POSITIVE_INFINITY
    return faults.some((fault) => strikesWithin(fault, proc, from, until + fault.forgetsMs))
  }
  const given = new Map<string, GroupDelivery[]>()
  for (const delivery of deliveries) {
    if (delivery.start) remember(given, delivery.start.message, () => []).push(delivery)
  }
  let missed = 0
  for (const { message, n } of published.values()) {
    const first = given.get(message)?.[0]
    if (n === undefined || (first === undefined && lives.demandedSince(n) === undefined)) continue
    if (first === undefined) {
      missed++
      say(`was never given ${message}`)
    } else if (first.start!.n !== n) say(`was given ${message} as ${first.start!.n}, published as ${n}`)
  }
  let duplicates = 0
  let beyondBound = 0
  for (const [message, starts] of given) {
    if (!published.has(message)) say(`was given ${message}, which was not published`)
    for (const [i, start] of starts.entries()) {
      const before = starts[i - 1]
      if (before === undefined || (before.settled?.kind === 'retry' && before.how === 'threw')) continue
      if (lives.beganAnew(Number(start.n), before.from, start.at)) continue
      duplicates++
      if (wasStruck(before)) continue
      beyondBound++
      say(`was given ${message} again by ${start.proc}, and no fault had struck ${before.proc}`)
    }
  }
  return { missed, duplicates, bound: deliveries.filter(wasStruck).length, beyondBound, violations }
}
