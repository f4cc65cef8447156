import { expect } from 'vitest'
import type { EndState } from '../../src/end-state/end-state.ts'
import type { Happening, HistoryEvent, HowEnded } from '../../src/history/event.ts'
import { shaOf } from '../../src/checker/payload.ts'
import { check } from '../../src/checker/check.ts'
import type { Expectations } from '../../src/checker/expectations.ts'
import { USUAL } from '../../src/checker/expectations.ts'
import type { Verdict } from '../../src/checker/verdict.ts'

export const NOTHING_LEFT: EndState = { tasks: [], dead: [], ended: [], defects: [], sizes: {} }

export const payload = (task: number): string => JSON.stringify({ task, pad: 'x' })

/** Shards are judged one after the other, and so are their violations listed. */
export function inAnyOrder({ figures, violations }: Verdict): Verdict {
  return { figures, violations: violations.toSorted((a, b) => (a.what < b.what ? -1 : 1)) }
}

/** A history as a process would write it, one ms after the other unless `at` says otherwise. */
export class Written {
  readonly events: HistoryEvent[] = []
  #at = 1_000

  at(ms: number): this {
    this.#at = ms
    return this
  }

  say(proc: string, ...happenings: readonly Happening[]): this {
    for (const happening of happenings) this.events.push({ at: this.#at++, proc, ...happening })
    return this
  }

  enqueued(task: number, n = `${task}`, more: { readonly id?: string; readonly delayMs?: number } = {}): this {
    return this.invoked(task, more).say('producer-1', { ev: 'enqueue.ok', task, n })
  }

  invoked(task: number, more: { readonly id?: string; readonly delayMs?: number } = {}): this {
    return this.say('producer-1', { ev: 'enqueue.invoke', task, sha: shaOf(payload(task)), ...more })
  }

  started(proc: string, task: number, { n = `${task}`, r = 0, fence = 1, attempt = 1 } = {}): this {
    return this.claimed(proc, { n, r, fence }).say(proc, {
      ev: 'start',
      task,
      n,
      fence,
      attempt,
      sha: shaOf(payload(task)),
    })
  }

  claimed(
    proc: string,
    { n, r = 0, fence = 1 }: { readonly n: string; readonly r?: number; readonly fence?: number },
  ): this {
    return this.say(proc, { ev: 'claim', n, lease: `${n}#${r}`, fence, from: this.#at - 1 })
  }

  ended(proc: string, task: number, how: HowEnded = 'returned', n = `${task}`): this {
    return this.say(proc, { ev: 'end', task, n, how })
  }

  settled(
    proc: string,
    n: string,
    { r = 0, ev = 'settle.ok', kind = 'complete' }: Partial<Pick<Settle, 'ev' | 'kind'>> & { readonly r?: number } = {},
  ): this {
    const settle = { n, lease: `${n}#${r}`, kind }
    this.say(proc, { ev: 'settle.invoke', ...settle }, { ev, ...settle })
    return kind === 'retry' ? this.at(this.#at + USUAL.retryPauseMs) : this
  }

  done(proc: string, task: number, options: { readonly r?: number; readonly fence?: number } = {}): this {
    return this.started(proc, task, options).ended(proc, task).settled(proc, `${task}`, options)
  }

  /** The handler asked for its burial, and got it. */
  buried(proc: string, task: number, options: { readonly r?: number; readonly fence?: number } = {}): this {
    return this.started(proc, task, options)
      .ended(proc, task, 'buried')
      .settled(proc, `${task}`, { ...options, kind: 'bury' })
  }

  cancelled(task: number, answer: 'ok' | 'too-late' | 'unknown' = 'ok'): this {
    const of = { task, n: `${task}` }
    return this.say('producer-1', { ev: 'cancel.invoke', ...of }, { ev: `cancel.${answer}`, ...of })
  }

  redriven(task: number, diedAt = 1): this {
    const of = { n: `${task}`, diedAt }
    return this.say('operator-1', { ev: 'redrive.invoke', ...of }, { ev: 'redrive.ok', ...of })
  }

  fault(targets: readonly string[] | '*', forgetsMs = 0, name = 'blow'): this {
    return this.say('faults', { ev: 'fault.begin', fault: name, kind: name, targets, forgetsMs })
  }

  healed(name = 'blow'): this {
    return this.say('faults', { ev: 'fault.end', fault: name })
  }

  /** The same, whether it is judged in one piece or in four. */
  verdict(state: Partial<EndState> = {}, expected: Partial<Expectations> = {}): Verdict {
    const judged = (shards: number): Verdict =>
      check(this.events, { ...NOTHING_LEFT, ...state }, { ...USUAL, ...expected }, shards)
    const verdict = judged(1)
    expect(inAnyOrder(judged(4))).toEqual(inAnyOrder(verdict))
    return verdict
  }

  /** `I4: …` */
  complaints(state: Partial<EndState> = {}, expected: Partial<Expectations> = {}): string[] {
    return this.verdict(state, expected).violations.map(({ invariant, what }) => `${invariant}: ${what}`)
  }
}

type Settle = Extract<Happening, { readonly ev: 'settle.invoke' | 'settle.ok' | 'settle.stale' | 'settle.unknown' }>
