import { expect, it } from 'vitest'
import { check } from '../../src/checker/check.ts'
import { USUAL } from '../../src/checker/expectations.ts'
import { shaOf } from '../../src/checker/payload.ts'
import type { FlowEnd, FlowState } from '../../src/end-state/end-state.ts'
import type { Happening, HistoryEvent } from '../../src/history/event.ts'
import type { FlowPlanned, ToldParent } from '../../src/history/flow-event.ts'
import { NOTHING_LEFT, payload } from './written.ts'

type State = FlowEnd['state']
const QUEUES = ['a', 'b']

/** Two queues: what was written, and what is left. */
class WrittenFlow {
  readonly #events: HistoryEvent[] = []
  readonly #ends = new Map<string, FlowEnd[]>()
  readonly #left = new Map<string, Partial<FlowState>>()
  #at = 1_000

  say(queue: string, happening: Happening, proc = 'worker-1'): this {
    this.#events.push({ at: this.#at++, proc, queue, ...happening })
    return this
  }

  planned(queue: string, task: number, more: Partial<FlowPlanned> = {}): this {
    return this.say(queue, { ev: 'flow.plan', task, after: [], onDead: 'bury', ...more }, 'producer-1')
  }

  wanted(queue: string, task: number): this {
    return this.say(queue, { ev: 'enqueue.invoke', task, sha: shaOf(payload(task)) }, 'producer-1')
  }

  enqueued(queue: string, task: number, more: Partial<FlowPlanned> = {}): this {
    return this.planned(queue, task, more)
      .wanted(queue, task)
      .say(queue, { ev: 'enqueue.ok', task, n: `${task}` }, 'producer-1')
  }

  /** At this time of the server. */
  ran(queue: string, task: number, givenAt: number, told?: readonly ToldParent[], n = `${task}`): this {
    const lease = `${n}#0`
    this.say(queue, { ev: 'claim', n, lease, fence: task, from: this.#at - 1, givenAt })
    this.say(queue, { ev: 'start', task, n, fence: task, attempt: 1, sha: shaOf(payload(task)) })
    if (told) this.say(queue, { ev: 'flow.parents', task, n, parents: told })
    this.say(queue, { ev: 'end', task, n, how: 'returned' })
    this.say(queue, { ev: 'settle.invoke', n, lease, kind: 'complete' })
    return this.say(queue, { ev: 'settle.ok', n, lease, kind: 'complete' }).ended(queue, n, givenAt + 5)
  }

  died(queue: string, task: number, at: number): this {
    const [n, lease] = [`${task}`, `${task}#0`]
    this.say(queue, { ev: 'claim', n, lease, fence: task, from: this.#at - 1, givenAt: at - 5 })
    this.say(queue, { ev: 'start', task, n, fence: task, attempt: 1, sha: shaOf(payload(task)) })
    this.say(queue, { ev: 'end', task, n, how: 'buried' })
    this.say(queue, { ev: 'settle.invoke', n, lease, kind: 'bury' })
    return this.say(queue, { ev: 'settle.ok', n, lease, kind: 'bury' }).ended(queue, n, at, 'dead', 'asked-for')
  }

  ended(queue: string, n: string, at: number, state: State = 'completed', reason = ''): this {
    this.#ends.set(queue, [...(this.#ends.get(queue) ?? []), { n, state, at, reason }])
    return this
  }

  left(queue: string, left: Partial<FlowState>): this {
    this.#left.set(queue, left)
    return this
  }

  complaints(): string[] {
    const flows = QUEUES.map((queue): FlowState => {
      const ends = this.#ends.get(queue) ?? []
      const dead = ends.flatMap(({ n, state, reason }) =>
        state === 'dead' ? [{ n, reason, payload: payload(Number(n)) }] : [],
      )
      const ended = ends.flatMap(({ n, state }) => (state === 'dead' ? [] : [{ n, state }]))
      return { ...NOTHING_LEFT, queue, ends, dead, ended, blocked: [], chores: [], ...this.#left.get(queue) }
    })
    const { violations } = check(this.#events, { ...NOTHING_LEFT, flows }, { ...USUAL, flows: true })
    return violations.map(({ invariant, what }) => `${invariant}: ${what}`)
  }
}

const completed = (queue: string, task: number): ToldParent => {
  return { queue, id: `flow-${task}`, state: 'completed', result: task }
}
const written = (): WrittenFlow => new WrittenFlow()
/** 1 and 2 ended at 105 and 205, and 3 runs after both. */
const parents = (onDead: FlowPlanned['onDead'] = 'bury', more: Partial<FlowPlanned> = {}): WrittenFlow =>
  written()
    .enqueued('a', 1)
    .enqueued('b', 2)
    .enqueued('a', 3, { after: [1, 2], onDead, ...more })
    .ran('a', 1, 100)
const told = [completed('a', 1), completed('b', 2)]

it('a child runs once after all of its parents, and is told how they ended', () => {
  expect(parents().ran('b', 2, 200).ran('a', 3, 205, told).complaints()).toEqual([])
})

it('one that runs before the last of them, or before its delay is over, is too early', () => {
  expect(parents().ran('b', 2, 200).ran('a', 3, 204, told).complaints()).toEqual([
    'I17: task 3 of a was given to worker-1 1 ms before its parents had ended',
  ])
  expect(parents('bury', { delayMs: 20 }).ran('b', 2, 200).ran('a', 3, 205, told).complaints()).toEqual([
    'I17: task 3 of a was given to worker-1 20 ms before its parents had ended',
  ])
  expect(parents().ran('a', 3, 205, told).complaints()).toEqual([
    'I17: task 2 of b never ended',
    'I17: task 3 of a ended, and task 2, which it runs after, did not',
    'I1: task 2 was acknowledged, and is lost',
    'I15: 2 is over, and its outcome was not appended',
  ])
})

it('one that is lost, or blocked for ever, never ends', () => {
  expect(parents().ran('b', 2, 200).complaints()).toEqual([
    'I17: task 3 of a never ended',
    'I1: task 3 was acknowledged, and is lost',
    'I15: 3 is over, and its outcome was not appended',
  ])
  const blocked = {
    tasks: [{ n: '3', place: 'delayed', payload: payload(3) }],
    blocked: ['3'],
    chores: ['e1'],
  } as const
  expect(parents().ran('b', 2, 200).left('a', blocked).complaints()).toEqual([
    'I17: task 3 of a never ended',
    'I17: 3 of a is left blocked',
    'I17: chore e1 of a was never done',
  ])
})

it('one that is told otherwise, or not of all of them', () => {
  expect(parents().ran('b', 2, 200).ran('a', 3, 205, told.slice(1)).complaints()).toEqual([
    'I17: task 3 of a was told of 1 parents of 2',
  ])
  const wrong = { ...completed('b', 2), result: 1 }
  expect(parents().ran('b', 2, 200).ran('a', 3, 205, [told[0]!, wrong]).complaints()).toEqual([
    'I17: task 3 of a was told flow-2 of b completed with 1, and it is flow-2 of b completed with 2',
  ])
})

it('with a parent that died it is buried, cancelled, or runs, as it was declared', () => {
  const dead = { queue: 'b', id: 'flow-2', state: 'dead' }
  expect(parents().died('b', 2, 200).ended('a', '3', 201, 'dead', 'parent-failed').complaints()).toEqual([])
  expect(parents('cancel').died('b', 2, 200).ended('a', '3', 201, 'cancelled', 'parent-failed').complaints()).toEqual(
    [],
  )
  expect(parents('run').died('b', 2, 200).ran('a', 3, 205, [told[0]!, dead]).complaints()).toEqual([])

  expect(parents('cancel').died('b', 2, 200).ended('a', '3', 201, 'dead', 'parent-failed').complaints()).toEqual([
    'I17: task 3 of a was to be cancelled with its parent, and is dead (parent-failed)',
    'I7: task 3 was buried as parent-failed',
  ])
  expect(parents('run').died('b', 2, 200).ended('a', '3', 201, 'cancelled', 'parent-failed').complaints()).toEqual([
    'I17: task 3 of a ended with a parent, and each of them lets it run',
  ])
  expect(parents().died('b', 2, 200).ended('a', '3', 199, 'dead', 'parent-failed').complaints()).toEqual([
    'I17: task 3 of a ended before any parent failed',
  ])
  expect(parents('cancel').died('b', 2, 200).ran('a', 3, 205).complaints()).toEqual([
    'I17: task 3 of a was to be cancelled with its parent, and is completed ()',
    'I17: task 3 of a began, though a parent did not complete',
  ])
})

it('it ends once, and runs again only where a fault struck', () => {
  const twice = parents().ran('b', 2, 200).ran('a', 3, 205, told).ended('a', '3', 300)
  expect(twice.complaints()).toEqual([
    'I17: task 3 of a ended 2 times',
    'I15: 3 had 1 lives, and ended 2 times: completed, completed',
    'I15: 3 went on after it was completed',
  ])
  const again = parents().ran('b', 2, 200).ran('a', 3, 205, told)
  again.say('a', { ev: 'start', task: 3, n: '3', fence: 9, attempt: 1, sha: shaOf(payload(3)) }, 'worker-2')
  expect(again.complaints()).toEqual(['I5: task 3 (3) ran again on worker-2, and no fault had struck worker-1'])
})

it('what follows a task is one task, and there if and only if that one is completed', () => {
  const step = { of: 1, by: 'next' } as const
  const first = (): WrittenFlow => written().enqueued('a', 1).planned('b', 2, step)
  expect(first().ran('a', 1, 100).wanted('b', 2).ran('b', 2, 110).complaints()).toEqual([])
  expect(first().ran('a', 1, 100).complaints()).toEqual(['I17: task 2 of b never ended'])
  expect(first().died('a', 1, 100).complaints()).toEqual([])
  expect(first().died('a', 1, 100).wanted('b', 2).ran('b', 2, 110).complaints()).toEqual([
    'I17: task 2 of b follows task 1, which is dead',
  ])
  expect(first().ran('a', 1, 100).wanted('b', 2).ran('b', 2, 104).complaints()).toEqual([
    'I17: task 2 of b was given to worker-1 before it followed',
  ])
  const twice = first().ran('a', 1, 100).wanted('b', 2).ran('b', 2, 110).ran('b', 2, 120, undefined, '7')
  expect(twice.complaints()).toContain('I17: task 2 of b became 2 tasks')
})

it('what a handler enqueued is there when it returned, and may be when it did not', () => {
  const step = { of: 1, by: 'enqueue' } as const
  const first = (): WrittenFlow => written().enqueued('a', 1).planned('b', 2, step)
  expect(first().wanted('b', 2).died('a', 1, 100).ran('b', 2, 90).complaints()).toEqual([])
  expect(first().wanted('b', 2).died('a', 1, 100).complaints()).toEqual([])
  expect(first().wanted('b', 2).ran('a', 1, 100).complaints()).toEqual(['I17: task 2 of b never ended'])
})

it('a task of which no flow knows is none of any', () => {
  expect(parents().ran('b', 2, 200).ran('a', 3, 205, told).ended('b', '9', 1).complaints()).toEqual([
    'I17: 9 of b ended, and is no task of any flow',
  ])
})
