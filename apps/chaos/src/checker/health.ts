import { HARNESS } from '../history/event.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { Account } from './account.ts'
import type { Fault } from './circumstances.ts'
import { remember } from './account.ts'
import { strikesWithin } from './circumstances.ts'
import type { Violation } from './violation.ts'

type Answer = Extract<HistoryEvent, { readonly ev: 'health' }>

/**
 * I11: a process answers "not ready" soon after an outage of the storage has begun, and "ready" soon after its end. A
 * question that was sent before an outage is not judged by it, and neither is a process that stood still itself, or
 * that had no network while the harness had.
 */
export function checkHealth(account: Account, withinMs: number): Violation[] {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I11', what })
  const outages = account.faults.filter(({ targets }) => targets === '*')
  const own = [...account.stalls, ...account.faults.filter(({ targets }) => targets !== '*')]
  const stoodStill = (proc: string, from: number, until: number): boolean =>
    own.some((fault) => [proc, HARNESS].some((each) => strikesWithin(fault, each, from, until)))
  const answersOf = new Map<string, Answer[]>()
  for (const event of account.events) {
    if (event.ev !== 'health') continue
    remember(answersOf, event.proc, () => []).push(event)
    if (stoodStill(event.proc, event.from, event.at)) continue
    const missed = event.ready && outages.find((outage) => isIn(outage, event, withinMs))
    if (missed) say(`${event.proc} was ready ${Math.round(event.at - missed.beginAt)} ms into ${missed.name}`)
    if (!event.ready && !outages.some((outage) => explains(outage, event, withinMs)))
      say(`${event.proc} was not ready, and there was no outage`)
  }
  if (answersOf.size === 0) say('no process was asked whether it was ready')

  for (const outage of outages) {
    const { name, beginAt, endAt } = outage
    const isLong = endAt - beginAt > withinMs
    const healsAlone = !outages.some((next) => next.beginAt > endAt && next.beginAt <= endAt + withinMs)
    for (const [proc, answers] of answersOf) {
      const sawItAll = answers[0]!.at < beginAt && answers.at(-1)!.at > endAt + withinMs
      if (!sawItAll || stoodStill(proc, beginAt, endAt + withinMs)) continue
      const said = (ready: boolean, since: number): boolean =>
        answers.some((answer) => answer.ready === ready && answer.at > since && answer.at <= since + withinMs)
      if (isLong && !said(false, beginAt)) say(`${proc} did not report ${name} within ${withinMs} ms`)
      if (healsAlone && !said(true, endAt)) say(`${proc} did not report the end of ${name} within ${withinMs} ms`)
    }
  }
  return violations
}

/** Asked and answered during the outage, and not just at its begin. */
function isIn({ beginAt, endAt }: Fault, { from, at }: Answer, withinMs: number): boolean {
  return from >= beginAt && at > beginAt + withinMs && at <= endAt
}

/** Asked before its end, or answered soon after it. */
function explains({ beginAt, endAt }: Fault, { from, at }: Answer, withinMs: number): boolean {
  return at >= beginAt && (from <= endAt || at <= endAt + withinMs)
}
