import type { Account, NumberAccount } from './account.ts'
import type { Fault } from './circumstances.ts'
import { strikesWithin } from './circumstances.ts'
import { beganAnewAfter } from './lives.ts'
import type { Violation } from './violation.ts'

export interface Duplicates {
  readonly duplicates: number
  /** Tasks in flight at faults: claimed, and not known to be settled. */
  readonly bound: number
  readonly beyondBound: number
  /** By fault: when a task that was in flight at it started again. */
  readonly restarts: ReadonlyMap<Fault, number>
  readonly violations: readonly Violation[]
}

/** The time in which a worker had a task: from the claim that asked for it to the confirmation of its settlement. */
interface Holding {
  readonly proc: string
  readonly from: number
  readonly until: number
}

/** I5: a task runs again only if a fault struck the worker that had it; each such delivery explains one more start. */
export function checkDuplicates(account: Account): Duplicates {
  const violations: Violation[] = []
  const restarts = new Map<Fault, number>()
  const faults = [...account.faults, ...account.stalls]
  const explain = (holding: Holding): Fault | undefined => faults.find((fault) => wasInFlight(holding, fault))
  let duplicates = 0
  let bound = 0
  let beyondBound = 0

  for (const number of account.numbers.values()) {
    for (const holding of holdingsOf(number)) if (explain(holding)) bound++
  }
  for (const { task, starts } of account.tasks.values()) {
    // In the order in which they were given: a worker that stood still may start its task long after the next one did.
    const given = starts.toSorted((a, b) => a.fence - b.fence)
    for (const [i, start] of given.entries()) {
      const before = given[i - 1]
      if (before === undefined) continue
      const number = account.numbers.get(before.n)!
      if (askedForRetry(number, before) || beganAnewAfter(number, before)) continue
      duplicates++
      const fault = explain(holdingOf(number, before))
      if (fault) restarts.set(fault, Math.max(restarts.get(fault) ?? 0, start.at))
      else {
        beyondBound++
        violations.push({
          invariant: 'I5',
          what: `task ${task} (${start.n}) ran again on ${start.proc}, and no fault had struck ${before.proc}`,
        })
      }
    }
  }
  return { duplicates, bound, beyondBound, restarts, violations }
}

function wasInFlight({ proc, from, until }: Holding, fault: Fault): boolean {
  return strikesWithin(fault, proc, from, until + fault.forgetsMs)
}

/** The confirmation may be recorded only after the next start. */
function askedForRetry(number: NumberAccount, { proc, at, fence }: Start): boolean {
  const lease = number.claims.find((claim) => claim.proc === proc && claim.fence === fence)?.lease
  return number.settles.some(
    (settle) =>
      settle.proc === proc &&
      settle.kind === 'retry' &&
      settle.ev === 'settle.ok' &&
      settle.at >= at &&
      (lease === undefined || settle.lease === lease),
  )
}

type Start = NumberAccount['starts'][number]

function holdingsOf(number: NumberAccount): Holding[] {
  const { claims, starts } = number
  const begins = claims.length > 0 ? claims : starts
  return begins.map((begin) => {
    const lease = 'lease' in begin ? begin.lease : undefined
    return { proc: begin.proc, from: 'from' in begin ? begin.from : begin.at, until: settledAt(number, begin, lease) }
  })
}

function holdingOf(
  number: NumberAccount,
  start: { readonly proc: string; readonly at: number; readonly fence: number },
): Holding {
  const claim = number.claims.find(({ proc, fence }) => proc === start.proc && fence === start.fence)
  return { proc: start.proc, from: claim?.from ?? start.at, until: settledAt(number, start, claim?.lease) }
}

/** Systems that show no lease have one settlement per start. */
function settledAt(
  { settles }: NumberAccount,
  begin: { readonly proc: string; readonly at: number },
  lease?: string,
): number {
  const settle = settles.find(
    (each) =>
      each.ev === 'settle.ok' &&
      each.proc === begin.proc &&
      each.at >= begin.at &&
      (lease === undefined || each.lease === lease),
  )
  return settle?.at ?? Number.POSITIVE_INFINITY
}
