import type {
  ClaimedTask,
  EnqueueBatch,
  GroupTurn,
  GroupTurnReply,
  Hint,
  ListQuery,
  NewTask,
  QueueAdmin,
  QueueDriver,
  QueueStats,
  Receipt,
  Settlement,
  StoredOutcome,
  TaskChange,
  TaskReading,
  TaskRef,
  Turn,
} from '@mq/core'
import { MAX_BATCH_BYTES } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { lean } from './lean.ts'

let lanes = 0

/** A queue's port, with the words that cases use. */
export class PortQueue {
  readonly driver: QueueDriver & QueueAdmin
  readonly #lane = `producer-${++lanes}`
  #seq = 0

  constructor(driver: QueueDriver & QueueAdmin) {
    this.driver = lean(driver)
  }

  /** Adds tasks, all of which must be accepted, and returns their numbers. A string is a payload. */
  async add(...tasks: (string | Partial<NewTask>)[]): Promise<string[]> {
    const receipts = await this.offer(tasks)
    return receipts.map((receipt) => {
      assert.equal(receipt.state, 'accepted')
      return numberOf(receipt)
    })
  }

  /** Adds tasks, which may be refused. */
  offer(
    tasks: readonly (string | Partial<NewTask>)[],
    options: Partial<EnqueueBatch> = {},
  ): Promise<readonly Receipt[]> {
    const batch = { lane: this.#lane, seq: ++this.#seq, atomic: false, tasks: tasks.map(newTask), ...options }
    return this.driver.enqueue(batch)
  }

  /** `usual`: of each of its turns. */
  worker(usual: Partial<Turn> = {}): PortWorker {
    return new PortWorker(this.driver, usual)
  }

  async hear(): Promise<HintLog> {
    const log = new HintLog()
    await this.driver.listen((hint) => log.hints.push(hint))
    return log
  }

  async read(task: string | TaskRef, options?: { readonly watch: boolean }): Promise<TaskReading> {
    const [reading] = await this.driver.read([typeof task === 'string' ? { n: task } : task], options)
    assert.ok(reading)
    return reading
  }

  async outcome(task: string | TaskRef): Promise<StoredOutcome> {
    const reading = await this.read(task)
    assert.equal(reading.state, 'ended')
    return (reading as Extract<TaskReading, { state: 'ended' }>).outcome
  }

  async cancel(task: string | TaskRef, reason = 'not needed'): Promise<string> {
    const ref = typeof task === 'string' ? { n: task } : task
    const { changed } = await this.driver.apply({ kind: 'cancel', task: ref, reason })
    return changed === 1 ? 'cancelled' : 'too-late'
  }

  async change(task: string | TaskRef, change: TaskChange): Promise<string> {
    const ref = typeof task === 'string' ? { n: task } : task
    const { changed } = await this.driver.apply({ kind: 'change', task: ref, ...change })
    return changed === 1 ? 'changed' : 'too-late'
  }

  /** Dead letters by number, newest first. */
  async dead(query: Partial<ListQuery> = {}): Promise<string[]> {
    return (await this.driver.list({ state: 'dead', limit: 1_000, ...query })).map(({ n }) => n)
  }

  /** Adds tasks and buries them, one after the other. */
  async bury(...tasks: (string | Partial<NewTask>)[]): Promise<string[]> {
    const numbers = await this.add(...tasks)
    const worker = this.worker()
    for (const task of await worker.claim(numbers.length)) {
      const id = tasks.map(newTask).find(({ payload }) => payload === task.payload)?.id
      await worker.settle({ kind: 'bury', lease: task.lease, id, reason: 'broken', detail: 'why', charge: true })
    }
    return numbers
  }

  async assertStats(expected: Partial<Counts>): Promise<void> {
    assert.deepEqual(countsOf(await this.driver.stats()), { ...EMPTY_STATS, ...expected })
  }
}

/** What is there now, and what was dropped: not what went through, nor what depends on the time. */
type Counts = Omit<
  QueueStats,
  'totals' | 'blocked' | 'oldestWaitMs' | 'overdue' | 'lapsed' | 'recent' | 'outcomes' | 'schedules'
>

export function countsOf(stats: QueueStats): Counts {
  const { waiting, delayed, running, dead, paused, displaced, deadDropped, foreign, inbox } = stats
  const counts = { waiting, delayed, running, dead, paused, displaced, deadDropped, foreign }
  return inbox === undefined ? counts : { ...counts, inbox }
}

export const EMPTY_STATS: Counts = {
  waiting: 0,
  delayed: 0,
  running: 0,
  dead: 0,
  paused: false,
  displaced: 0,
  deadDropped: 0,
  foreign: 0,
}

/** Of a queue, or of a group. */
interface TurnDriver {
  settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply>
}

/** A lane that claims and settles: one turn after the other. */
export class PortWorker {
  readonly #driver: TurnDriver
  readonly #lane = `worker-${++lanes}`
  readonly #usual: Partial<GroupTurn>
  #seq = 0

  constructor(driver: TurnDriver, usual: Partial<GroupTurn> = {}) {
    this.#driver = driver
    this.#usual = usual
  }

  turn(turn: Partial<GroupTurn> = {}): Promise<GroupTurnReply> {
    return this.#driver.settleAndClaim(this.next(turn))
  }

  /** The turn that comes next, unsent. */
  next(turn: Partial<GroupTurn> = {}): GroupTurn {
    return {
      lane: this.#lane,
      seq: ++this.#seq,
      repeat: false,
      settlements: [],
      want: 0,
      maxBytes: MAX_BATCH_BYTES,
      leaseMs: 30_000,
      keepResults: true,
      awaitWork: false,
      ...this.#usual,
      ...turn,
    }
  }

  async claim(want = 100, turn: Partial<GroupTurn> = {}): Promise<readonly ClaimedTask[]> {
    return (await this.turn({ want, ...turn })).claimed
  }

  /** Claims one task, which must exist. */
  async claimOne(turn: Partial<GroupTurn> = {}): Promise<ClaimedTask> {
    const [task] = await this.claim(1, turn)
    assert.ok(task, 'there should have been a task to claim')
    return task
  }

  /** Settles, and returns the indices of those that were stale. */
  async settle(...settlements: Settlement[]): Promise<readonly number[]> {
    return (await this.turn({ settlements })).stale
  }

  /** Finds nothing, and waits for a hint that there is work. */
  async waitForWork(): Promise<void> {
    assert.deepEqual(await this.claim(1, { awaitWork: true }), [])
  }
}

/** The hints that one participant got. */
export class HintLog {
  readonly hints: Hint[] = []

  of<K extends Hint['kind']>(kind: K): Extract<Hint, { kind: K }>[] {
    return this.hints.filter((hint): hint is Extract<Hint, { kind: K }> => hint.kind === kind)
  }

  count(kind: Hint['kind']): number {
    return this.of(kind).length
  }
}

export function newTask(task: string | Partial<NewTask>): NewTask {
  const given = typeof task === 'string' ? { payload: task } : task
  return { level: 4, delayMs: 0, header: '', payload: '"task"', ...given }
}

export function numberOf(receipt: Receipt | undefined): string {
  assert.ok(receipt && 'n' in receipt, 'the receipt should bear a number')
  return receipt.n
}

export function payloadsOf(tasks: readonly ClaimedTask[]): string[] {
  return tasks.map((task) => task.payload)
}

/** The payloads `"1"`, `"2"` and so on. */
export function payloads(count: number): string[] {
  return Array.from({ length: count }, (_, i) => JSON.stringify(String(i + 1)))
}

/** The call must be refused; nothing is done then. */
export async function assertRefused(call: Promise<unknown>): Promise<void> {
  await assertCode(call, 'storage-refused')
}

export async function assertCode(call: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert.ok(error instanceof Error, 'what is thrown is an Error')
    assert.equal((error as Error & { readonly code?: unknown }).code, code, error.message)
    return true
  })
}
