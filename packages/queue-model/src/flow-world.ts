import assert from 'node:assert/strict'
import type {
  ChildRef,
  Chore,
  FlowDriver,
  OnDead,
  ParentEnd,
  ParentRef,
  QueueAdmin,
  QueueDriver,
  StoredOutcome,
} from '@mq/core'
import { MAX_BATCH_BYTES } from '@mq/core/adapter'

/** Queues that are held to the model of flows; fresh for each run. */
export interface RealFlows {
  readonly queues: ReadonlyMap<string, QueueDriver & QueueAdmin>
  /** Lets so much time pass for the storage. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** A task as it was added, and how it ended. */
export interface FlowTask {
  readonly queue: string
  readonly n: string
  readonly onDead: OnDead
  readonly parents: readonly FlowTask[]
  /** Of each of its lives. */
  readonly ends: StoredOutcome['state'][]
  /** It was redriven, and has not ended since, or it has not ended at all. */
  lives: boolean
}

/** Undefined while it lives. */
export function endOf({ lives, ends }: FlowTask): StoredOutcome['state'] | undefined {
  return lives ? undefined : ends.at(-1)
}

const isBad = (end: StoredOutcome['state'] | undefined): boolean => end !== undefined && end !== 'completed'

/**
 * A death counts when it is reported, and that may be before or after the parent lives again: so each end of a parent
 * is one of which its child may have heard.
 */
export function mayRun({ parents, onDead }: FlowTask): boolean {
  return parents.every(({ ends }) => (onDead === 'run' ? ends.length > 0 : ends.includes('completed')))
}

export function maySink({ parents, onDead }: FlowTask): boolean {
  return onDead !== 'run' && parents.some(({ ends }) => ends.some(isBad))
}

/** When all that is left to be done was done. */
export function hasToSink({ parents, onDead }: FlowTask): boolean {
  return onDead !== 'run' && parents.some((parent) => isBad(endOf(parent)))
}

export function hasToRun(task: FlowTask): boolean {
  return task.parents.every((parent) => endOf(parent) !== undefined) && !hasToSink(task)
}

type Word = { readonly child: ChildRef; readonly end: ParentEnd }

/** So far somebody does a chore before he dies. */
export type Stage = 'taken' | 'half' | 'told' | 'finished'

/** The tasks that there are, and the acts of those who add them and of those who do their chores. */
export class FlowWorld {
  readonly tasks: FlowTask[] = []
  /** What was told, to be told again. */
  readonly #words: Word[] = []
  /** Taken over, and not done. */
  readonly #held: { readonly queue: string; readonly chore: Chore }[] = []
  readonly #real: RealFlows
  #seq = 0

  constructor(real: RealFlows) {
    this.#real = real
  }

  driver(queue: string): QueueDriver & QueueAdmin {
    return this.#real.queues.get(queue)!
  }

  flows(queue: string): FlowDriver {
    return this.driver(queue).flows!
  }

  async add(queue: string, parents: readonly FlowTask[], onDead: OnDead): Promise<FlowTask> {
    const after = { depth: 1, onDead, parents: parents.map(({ queue: its, n }): ParentRef => ({ queue: its, n })) }
    const task = { level: 4, delayMs: 0, header: '', payload: '"x"', ...(parents.length > 0 && { after }) }
    const batch = { lane: 'producer', seq: ++this.#seq, atomic: false, tasks: [task] }
    const [receipt] = await this.driver(queue).enqueue(batch)
    assert.ok(receipt && 'n' in receipt)
    const added: FlowTask = { queue, n: receipt.n, onDead, parents, ends: [], lives: true }
    this.tasks.push(added)
    return added
  }

  /** As whoever added a task does: as far as that stage. */
  async link(task: FlowTask, stage: Stage): Promise<void> {
    if (stage === 'taken' || task.parents.length === 0) return
    const all = task.parents.map((parent, index) => ({ parent, index }))
    const some = stage === 'half' ? all.slice(0, Math.ceil(all.length / 2)) : all
    await this.#linkTo(
      task,
      some.map(({ parent, index }) => ({ ...parent, index })),
    )
    if (stage === 'finished') await this.flows(task.queue).finish([{ kind: 'check', n: task.n, token: '0' }])
  }

  /** Answers how many it took over. */
  async doChores(queue: string, limit: number, stage: Stage): Promise<number> {
    const chores = await this.flows(queue).chores(limit)
    for (const chore of chores) {
      if (stage === 'taken') this.#held.push({ queue, chore })
      else await this.#do(queue, chore, stage)
    }
    return chores.length
  }

  /** Somebody who took one over was away for a while, and does it now, whoever has done it meanwhile. */
  async goOn(pick: number): Promise<void> {
    const [held] = this.#held.splice(pick % Math.max(1, this.#held.length), 1)
    if (held) await this.#do(held.queue, held.chore, 'finished')
  }

  /** Says once more what was said before. */
  async repeat(pick: number): Promise<void> {
    if (this.#words.length > 0) await this.#tell([this.#words[pick % this.#words.length]!])
  }

  /** Claims what waits first, and ends it so. */
  async work(queue: string, how: 'complete' | 'bury' | 'expire' | 'retry'): Promise<boolean> {
    const lane = `worker-${queue}`
    const common = { lane, repeat: false, maxBytes: MAX_BATCH_BYTES, leaseMs: 600_000, keepResults: true } as const
    const { claimed } = await this.driver(queue).settleAndClaim({
      ...common,
      seq: ++this.#seq,
      settlements: [],
      want: 1,
      awaitWork: false,
    })
    const [given] = claimed
    if (given === undefined) return false
    const task = this.tasks.find((each) => each.queue === queue && each.n === given.n)!
    assert.ok(task.lives, `${given.n} was given, and is ${endOf(task)}`)
    assert.ok(mayRun(task), `${given.n} was given before its parents let it run`)
    await this.#heardAll(task)
    const { lease } = given
    const settlement =
      how === 'complete'
        ? ({ kind: 'complete', lease, result: `"${given.n}"` } as const)
        : how === 'bury'
          ? ({ kind: 'bury', lease, reason: 'asked-for', detail: 'why', charge: false } as const)
          : how === 'expire'
            ? ({ kind: 'expire', lease } as const)
            : ({ kind: 'retry', lease, delayMs: 0, charge: false } as const)
    await this.driver(queue).settleAndClaim({
      ...common,
      seq: ++this.#seq,
      settlements: [settlement as never],
      want: 0,
      awaitWork: false,
    })
    if (how !== 'retry') end(task, how === 'complete' ? 'completed' : how === 'bury' ? 'dead' : 'expired')
    return true
  }

  async cancel(task: FlowTask): Promise<void> {
    const { changed } = await this.driver(task.queue).apply({ kind: 'cancel', task: { n: task.n }, reason: 'off' })
    if (changed === 1) end(task, 'cancelled')
  }

  /** Of a dead one. */
  async redrive(task: FlowTask): Promise<void> {
    if (endOf(task) !== 'dead') return
    const { changed } = await this.driver(task.queue).apply({ kind: 'redrive', tasks: [{ n: task.n, delayMs: 0 }] })
    assert.equal(changed, 1, `${task.n} is dead, and was not redriven`)
    task.lives = true
  }

  /** Each that runs was told an end of all, in the order of its parents. */
  async #heardAll({ queue, n, parents }: FlowTask): Promise<void> {
    if (parents.length === 0) return
    const page = await this.flows(queue).family({ task: { n }, from: 0, limit: 1_000 })
    parents.forEach(({ ends }, i) => {
      const state = page?.parents[i]?.end?.state
      assert.ok(
        ends.some((end) => end === state),
        `${n} was told ${state} of a parent that ended as ${ends.join(', ')}`,
      )
    })
  }

  async #do(queue: string, chore: Chore, stage: Stage): Promise<void> {
    if (stage === 'taken' || chore.kind === 'next') return
    if (chore.kind === 'check') {
      const page = await this.flows(queue).family({ task: { n: chore.n }, from: 0, limit: 1_000 })
      const unheard = page?.blocked ? page.parents.filter(({ end }) => end === undefined) : []
      const some = stage === 'half' ? unheard.slice(0, Math.ceil(unheard.length / 2)) : unheard
      await this.#linkTo({ queue, n: chore.n }, some)
    } else {
      const children = [...chore.children]
      for (let { next } = chore; next !== undefined;) {
        const page = await this.flows(queue).children({ n: chore.n, after: next, limit: 2 })
        children.push(...page.children)
        next = page.next
      }
      const some = stage === 'half' ? children.slice(0, Math.ceil(children.length / 2)) : children
      await this.#tell(some.map((child) => ({ child, end: chore.outcome })))
    }
    if (stage === 'finished') await this.flows(queue).finish([chore])
  }

  async #linkTo(
    child: { readonly queue: string; readonly n: string },
    members: readonly (ParentRef & { readonly index: number })[],
  ): Promise<void> {
    for (const { queue, n, index } of members) {
      const ref = { queue: child.queue, n: child.n, index }
      const [reply] = await this.flows(queue).link([{ parent: n, child: ref }])
      assert.ok(reply && reply.state !== 'unknown', `${n} is unknown to who links it`)
      if (reply.state === 'ended') await this.#tell([{ child: ref, end: reply.outcome }])
    }
  }

  async #tell(words: readonly Word[]): Promise<void> {
    for (const { child, end } of words) {
      const news = { ends: [{ ...end, why: 'because of it' }], children: [{ n: child.n, index: child.index, end: 0 }] }
      assert.deepEqual(await this.flows(child.queue).tell(news), [true])
      this.#words.push({ child, end })
    }
  }
}

export function end(task: FlowTask, state: StoredOutcome['state']): void {
  task.ends.push(state)
  task.lives = false
}
