import type { Account } from './account.ts'
import { remember } from './account.ts'
import { strikes } from './circumstances.ts'
import type { Violation } from './violation.ts'

export interface IdleBounds {
  /** Handlers that a worker may run at once. */
  readonly concurrency: number
  readonly withinMs: number
}

interface Span {
  readonly from: number
  readonly until: number
}

/** A task that a worker has claimed and not begun. */
interface Held extends Span {
  readonly n: string
  readonly proc: string
}

/** I13: no task waits for long in one worker, while another has a free slot and holds nothing. */
export function checkIdleBeside(account: Account, { concurrency, withinMs }: IdleBounds): Violation[] {
  const helds = heldIn(account)
  const idle = idleIn(account, helds, concurrency)
  const violations: Violation[] = []
  for (const held of helds) {
    if (held.until - held.from <= withinMs) continue
    for (const [proc, spans] of idle) {
      if (proc === held.proc) continue
      const longest = Math.max(0, ...spans.map((span) => overlapOf(span, held)))
      if (longest <= withinMs) continue
      const what = `${held.n} waited in ${held.proc} for ${longest.toFixed(0)} ms, while ${proc} was idle`
      violations.push({ invariant: 'I13', what })
      break
    }
  }
  if (idle.size < 2) violations.push({ invariant: 'I13', what: 'there were fewer than two workers' })
  return violations
}

/** From the reply that brought it until it began, was released, or a fault struck its worker. */
function heldIn(account: Account): Held[] {
  const last = account.events.at(-1)?.at ?? 0
  const held: Held[] = []
  for (const [n, { claims, starts, settles, cancels }] of account.numbers) {
    for (const { proc, at, fence, lease } of claims) {
      const ends = [
        starts.find((start) => start.proc === proc && start.fence === fence)?.at,
        settles.find((settle) => settle.proc === proc && settle.lease === lease)?.at,
        cancels.find((cancel) => cancel.at > at)?.at,
        struckAt(account, proc, at),
      ]
      held.push({ n, proc, from: at, until: Math.min(last, ...ends.filter((end) => end !== undefined)) })
    }
  }
  return held
}

function struckAt({ faults, stalls }: Account, proc: string, after: number): number | undefined {
  const begins = [...faults, ...stalls].filter((fault) => strikes(fault, proc) && fault.endAt >= after)
  return begins.length === 0 ? undefined : Math.min(...begins.map(({ beginAt }) => Math.max(beginAt, after)))
}

/** By worker: when it had a free slot, held nothing, and no fault struck it. */
function idleIn(account: Account, helds: readonly Held[], concurrency: number): ReadonlyMap<string, readonly Span[]> {
  const changes = new Map<string, { readonly at: number; readonly running: number; readonly held: number }[]>()
  const note = (proc: string, at: number, running: number, held: number): void => {
    remember(changes, proc, () => []).push({ at, running, held })
  }
  const isWorker = new Set(helds.map(({ proc }) => proc))
  for (const { proc, from, until } of helds) {
    note(proc, from, 0, 1)
    note(proc, until, 0, -1)
  }
  for (const event of account.events) {
    if (event.ev === 'start') note(event.proc, event.at, 1, 0)
    else if (event.ev === 'end') note(event.proc, event.at, -1, 0)
    else if (event.ev === 'usage' && isWorker.has(event.proc)) {
      // It does not exist before the first one, nor after the last.
      const sign = event.when === 'begin' ? -1 : 1
      note(event.proc, event.at, sign * concurrency, 0)
    }
  }
  for (const fault of [...account.faults, ...account.stalls]) {
    for (const proc of isWorker) {
      if (!strikes(fault, proc)) continue
      note(proc, fault.beginAt, concurrency, 0)
      if (fault.kind !== 'SIGKILL') note(proc, fault.endAt, -concurrency, 0)
    }
  }
  const idle = new Map<string, Span[]>()
  for (const [proc, list] of changes) {
    if (!isWorker.has(proc)) continue
    let running = concurrency
    let held = 0
    let since: number | undefined
    const spans = remember(idle, proc, () => [])
    for (const change of list.toSorted((a, b) => a.at - b.at)) {
      running += change.running
      held += change.held
      const isIdle = running < concurrency && held === 0
      if (isIdle) since ??= change.at
      else if (since !== undefined) {
        spans.push({ from: since, until: change.at })
        since = undefined
      }
    }
  }
  return idle
}

function overlapOf(a: Span, b: Span): number {
  return Math.min(a.until, b.until) - Math.max(a.from, b.from)
}
