import assert from 'node:assert/strict'
import type {
  ChildRef,
  Chore,
  FamilyPage,
  FlowDriver,
  OnDead,
  ParentEnd,
  ParentRef,
  QueueAdmin,
  QueueDriver,
} from '@mq/core'
import { CHORE_MS, MAX_BATCH_BYTES } from '@mq/core/adapter'
import { end, endOf, mayRun } from './flow-task.ts'
import type { FlowTask } from './flow-task.ts'

/** Queues that are held to the model of flows; fresh for each run. */
export interface RealFlows {
  readonly queues: ReadonlyMap<string, QueueDriver & QueueAdmin>
  /** Lets so much time pass for the storage. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

type Word = { readonly child: ChildRef; readonly end: ParentEnd }

/** So far somebody does a chore before he dies. `lost`: to the end, and the other queue forgets what it was told. */
export type Stage = 'taken' | 'half' | 'told' | 'finished' | 'lost'
/** After so much time a blocked task looks for its parents again. */
export const AGAIN_MS: number = CHORE_MS

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
    await this.#linkTo(
      task,
      partOf(all, stage).map(({ parent, index }) => ({ ...parent, index })),
    )
    const done = { kind: 'check', n: task.n, token: '0', againInMs: AGAIN_MS } as const
    if (stage === 'finished' || stage === 'lost') await this.flows(task.queue).finish([done])
  }

  /** Answers how many it took over, but for those of tasks that are blocked as before. */
  async doChores(queue: string, limit: number, stage: Stage): Promise<number> {
    const chores = await this.flows(queue).chores(limit)
    let count = 0
    for (const chore of chores) {
      if (stage === 'taken') this.#held.push({ queue, chore })
      else if (await this.#do(queue, chore, stage)) count++
    }
    return count
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
    const page = await this.#family(queue, n)
    parents.forEach(({ ends }, i) => {
      const state = page?.parents[i]?.end?.state
      assert.ok(
        ends.some((end) => end === state),
        `${n} was told ${state} of a parent that ended as ${ends.join(', ')}`,
      )
    })
  }

  /** Whether anything changed by it. */
  async #do(queue: string, chore: Chore, stage: Stage): Promise<boolean> {
    assert.ok(chore.kind === 'check' || chore.kind === 'relay')
    if (chore.kind === 'relay') await this.#relay(queue, chore, stage)
    const again = chore.kind === 'check' && (await this.#check(queue, chore.n, stage))
    const done = again ? { ...chore, againInMs: AGAIN_MS } : chore
    if (stage === 'finished' || stage === 'lost') await this.flows(queue).finish([done])
    return !(again && (await this.#family(queue, chore.n))?.blocked)
  }

  /** Whether the task was blocked. */
  async #check(queue: string, n: string, stage: Stage): Promise<boolean> {
    const page = await this.#family(queue, n)
    const unheard = page?.blocked ? page.parents.filter(({ end }) => end === undefined) : []
    await this.#linkTo({ queue, n }, partOf(unheard, stage))
    return page?.blocked === true
  }

  async #relay(queue: string, chore: Chore & { kind: 'relay' }, stage: Stage): Promise<void> {
    const children = [...chore.children]
    for (let { next } = chore; next !== undefined;) {
      const page = await this.flows(queue).children({ n: chore.n, after: next, limit: 2 })
      children.push(...page.children)
      next = page.next
    }
    await this.#tell(partOf(children, stage).map((child) => ({ child, end: chore.outcome })))
  }

  #family(queue: string, n: string): Promise<FamilyPage | undefined> {
    return this.flows(queue).family({ task: { n }, from: 0, limit: 1_000 })
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

/** As far as it is told before somebody dies; nothing of it where it is lost. */
function partOf<T>(all: readonly T[], stage: Stage): readonly T[] {
  return stage === 'lost' ? [] : stage === 'half' ? all.slice(0, Math.ceil(all.length / 2)) : all
}
