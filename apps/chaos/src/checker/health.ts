import { HARNESS } from '../history/event.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { Account } from './account.ts'
import type { Fault } from './circumstances.ts'
import { remember } from './account.ts'
import { strikesWithin } from './circumstances.ts'
import type { Violation } from './violation.ts'

type Answer = Extract<HistoryEvent, { readonly ev: 'health' }>

/**
 * I11: whoever is asked says no soon after work stopped for all, and yes soon after it goes on. What was asked before
 * an outage says nothing about it, and one that stood still itself, or had no network while the harness did, is not
 * asked.
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
    const lied = event.ready && outages.find((outage) => isIn(outage, event, withinMs))
    if (lied) say(`${event.proc} called itself ready ${Math.round(event.at - lied.beginAt)} ms into ${lied.name}`)
    if (!event.ready && !outages.some((outage) => explains(outage, event, withinMs)))
      say(`${event.proc} called itself not ready while all was well`)
  }
  if (answersOf.size === 0) say('nobody was asked whether it was ready')

  for (const outage of outages) {
    const { name, beginAt, endAt } = outage
    const isLong = endAt - beginAt > withinMs
    const healsAlone = !outages.some((next) => next.beginAt > endAt && next.beginAt <= endAt + withinMs)
    for (const [proc, answers] of answersOf) {
      const sawItAll = answers[0]!.at < beginAt && answers.at(-1)!.at > endAt + withinMs
      if (!sawItAll || stoodStill(proc, beginAt, endAt + withinMs)) continue
      const said = (ready: boolean, since: number): boolean =>
        answers.some((answer) => answer.ready === ready && answer.at > since && answer.at <= since + withinMs)
      if (isLong && !said(false, beginAt)) say(`${proc} did not say within ${withinMs} ms that ${name} had begun`)
      if (healsAlone && !said(true, endAt)) say(`${proc} did not say within ${withinMs} ms that ${name} was over`)
    }
  }
  return violations
}

/** Asked and answered while it lasted, and not just at its begin. */
function isIn({ beginAt, endAt }: Fault, { from, at }: Answer, withinMs: number): boolean {
  return from >= beginAt && at > beginAt + withinMs && at <= endAt
}

/** Asked before its end, or answered soon after it. */
function explains({ beginAt, endAt }: Fault, { from, at }: Answer, withinMs: number): boolean {
  return at >= beginAt && (from <= endAt || at <= endAt + withinMs)
}
