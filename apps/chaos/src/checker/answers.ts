import type { HistoryEvent } from '../history/event.ts'
import type { Account, TaskAccount } from './account.ts'
import { remember } from './account.ts'
import type { Fault } from './circumstances.ts'
import { strikes } from './circumstances.ts'
import { FINAL } from './commits.ts'
import { quantile } from './quantile.ts'
import type { Violation } from './violation.ts'

export interface AnswerBounds {
  /**
   * Other calls of the caller from the end of the task, or from the end of what struck the caller, to the answer. The
   * caller makes them at a steady pace: where a busy machine lets no process run, it makes fewer.
   */
  readonly withinCalls: number
  /**
   * Of the others p99 may be `factor` times what it is afterwards, and `slackMs` more, while overdue answers
   * arrive after a fault.
   */
  readonly disturbed: { readonly factor: number; readonly slackMs: number }
  /** Results that are kept at least. */
  readonly kept: number
}

export interface AnswerFigures {
  readonly awaited: number
  /** Of the slowest: from the end of its task, or of what struck the caller. */
  readonly slowestMs: number
  /**
   * p99 of the callers' other calls: while overdue answers arrived after a fault, and from then until the last answer.
   * NaN without any call.
   */
  readonly calmP99Ms: number
  readonly recoveringP99Ms: number
}

export interface Answers {
  readonly figures: AnswerFigures
  readonly violations: readonly Violation[]
}

/** A p99 of fewer calls depends on a single one. */
const ENOUGH = 200

type Of<K extends HistoryEvent['ev']> = Extract<HistoryEvent, { readonly ev: K }>

/**
 * I14: a caller that awaits a task gets its result, or the reason why there is none, soon after the task ended, or soon
 * after the end of what disconnected the caller; its other calls are not slowed down by that. `result-expired` is
 * correct only after as many later ends as results are kept.
 */
export function checkAnswers(account: Account, { withinCalls, disturbed, kept }: AnswerBounds): Answers {
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I14', what })
  const awaits: Of<'await'>[] = []
  const answers = new Map<number, Of<'answer'>>()
  const probes: Of<'probe'>[] = []
  for (const event of account.events) {
    if (event.ev === 'await') awaits.push(event)
    else if (event.ev === 'answer') answers.set(event.task, event)
    else if (event.ev === 'probe') probes.push(event)
  }
  if (awaits.length === 0) say('no result was awaited')
  const endsBetween = countEnds(account)
  const callsBetween = countCalls(probes)
  const catchingUp = new Map<string, Span>()
  let slowestMs = 0
  for (const { proc, task } of awaits) {
    const ended = endOf(account, task)
    const answer = answers.get(task)
    if (answer === undefined) {
      say(`${proc} got no answer about task ${task}`)
      continue
    }
    const wrong = wrongIn(answer, account.tasks.get(task), ended, (from, until) => endsBetween(from, until) < kept)
    if (wrong !== undefined) say(`${proc} was given ${wrong}`)
    if (ended === undefined) continue
    const free = freeAt(ended.knownAt, proc, account)
    if (free > ended.knownAt) {
      const { from, until } = catchingUp.get(proc) ?? { from: free, until: answer.at }
      catchingUp.set(proc, { from: Math.min(from, free), until: Math.max(until, answer.at) })
    }
    const lateMs = answer.at - free
    slowestMs = Math.max(slowestMs, lateMs)
    const calls = callsBetween(proc, free, answer.at)
    if (calls > withinCalls)
      say(`${proc} got the answer about task ${task} ${Math.round(lateMs)} ms and ${calls} calls late`)
  }
  const { calm, recovering } = latenciesOf(probes, catchingUp, answers.values())
  const [calmP99Ms, recoveringP99Ms] = [quantile(calm, 0.99), quantile(recovering, 0.99)]
  const isMeasured = Math.min(calm.length, recovering.length) >= ENOUGH
  if (isMeasured && recoveringP99Ms > disturbed.factor * calmP99Ms + disturbed.slackMs)
    say(
      `p99 of other calls was ${recoveringP99Ms.toFixed(0)} ms while overdue answers arrived, ${calmP99Ms.toFixed(0)} ms later`,
    )
  return { figures: { awaited: awaits.length, slowestMs, calmP99Ms, recoveringP99Ms }, violations }
}

interface Span {
  readonly from: number
  readonly until: number
}

/** By its last settlement that may have been its end. */
interface Ended {
  readonly invokedAt: number
  readonly knownAt: number
  readonly kinds: ReadonlySet<string>
}

function endOf({ tasks, numbers }: Account, task: number): Ended | undefined {
  const settles = [...(tasks.get(task)?.ns.keys() ?? [])]
    .flatMap((n) => numbers.get(n)?.settles ?? [])
    .filter(({ kind, ev }) => FINAL.has(kind) && ev !== 'settle.stale')
  if (settles.length === 0) return undefined
  const times = settles.map(({ at }) => at)
  return {
    invokedAt: Math.min(...times),
    knownAt: Math.max(...times),
    kinds: new Set(settles.map(({ kind }) => kind)),
  }
}

/** What is wrong with an answer. */
function wrongIn(
  { at, task, result, code }: Of<'answer'>,
  account: TaskAccount | undefined,
  ended: Ended | undefined,
  isStillKept: (from: number, until: number) => boolean,
): string | undefined {
  if (code === undefined) {
    if (result !== task) return `the result of task ${String(result)} as that of task ${task}`
    const isDone = account?.ends.some((end) => end.how === 'returned' && end.at <= at)
    return isDone ? undefined : `a result of task ${task}, which was not done`
  }
  if (code === 'task-dead' && ended?.kinds.has('bury')) return undefined
  if (code === 'task-expired' && ended?.kinds.has('expire')) return undefined
  if (code === 'result-expired' && ended !== undefined && !isStillKept(ended.invokedAt, at)) return undefined
  return `${code} of task ${task}, which is wrong`
}

/**
 * How many tasks may have ended between two moments: all whose settlement was sent by the second, without those that
 * are known to have ended by the first.
 */
function countEnds({ events }: Account): (from: number, until: number) => number {
  const begun: number[] = []
  const known: number[] = []
  for (const event of events) {
    if (event.ev === 'settle.invoke' && FINAL.has(event.kind)) begun.push(event.at)
    else if (event.ev === 'settle.ok' && FINAL.has(event.kind)) known.push(event.at)
  }
  return (from, until) => countUpTo(begun, until) - countUpTo(known, from)
}

/** How many a process made between two moments, answered or not. */
function countCalls(probes: readonly Of<'probe'>[]): (proc: string, from: number, until: number) => number {
  const times = new Map<string, number[]>()
  for (const { proc, from } of probes) remember(times, proc, () => []).push(from)
  for (const own of times.values()) own.sort((a, b) => a - b)
  return (proc, from, until) => {
    const own = times.get(proc) ?? []
    return countUpTo(own, until) - countUpTo(own, from)
  }
}

/** Of sorted times, by binary search. */
function countUpTo(times: readonly number[], until: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle]! <= until) low = middle + 1
    else high = middle
  }
  return low
}

/** From when on no fault kept the process from noticing what happened at `at`. */
function freeAt(at: number, proc: string, { faults, stalls }: Account): number {
  let free = at
  for (const { beginAt, endAt } of faultsOf(proc, [...faults, ...stalls]))
    if (beginAt <= free) free = Math.max(free, endAt)
  return free
}

function faultsOf(proc: string, faults: readonly Fault[]): Fault[] {
  return faults.filter((fault) => strikes(fault, proc)).toSorted((a, b) => a.beginAt - b.beginAt)
}

/**
 * ms of a caller's other calls while overdue answers arrived, and from then until the last answer, under the same load.
 */
function latenciesOf(
  probes: readonly Of<'probe'>[],
  catchingUp: ReadonlyMap<string, Span>,
  answers: Iterable<Of<'answer'>>,
): { readonly calm: readonly number[]; readonly recovering: readonly number[] } {
  const lastAnswerOf = new Map([...answers].map(({ proc, at }) => [proc, at]))
  const calm: number[] = []
  const recovering: number[] = []
  for (const { proc, from, at, why } of probes) {
    const span = catchingUp.get(proc)
    if (span === undefined || why !== undefined || from < span.from || from > lastAnswerOf.get(proc)!) continue
    if (from <= span.until) recovering.push(at - from)
    else calm.push(at - from)
  }
  return { calm, recovering }
}
