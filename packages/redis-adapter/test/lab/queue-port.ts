import type {
  EnqueueBatch,
  Hint,
  NewTask,
  QueueAdmin,
  QueueDriver,
  QueueStats,
  Receipt,
  Storage,
  TaskReading,
} from '@mq/core'
import type { Redis } from 'ioredis'
import { WorkerLane } from './worker-lane.ts'

let lanes = 0

/** A queue's port on Redis, with the words that tests use, and a view of its keys. */
export class QueuePort {
  readonly name: string
  readonly storage: Storage
  readonly driver: QueueDriver & QueueAdmin
  readonly redis: Redis
  readonly lane: string = `p${++lanes}.0`
  #seq = 0

  constructor(storage: Storage, name: string, redis: Redis) {
    this.storage = storage
    this.name = name
    this.driver = storage.queue(name)
    this.redis = redis
  }

  key(part: string): string {
    return `mq:{${this.name}}:${part}`
  }

  /** Adds tasks that must all be accepted, and answers their numbers. A text stands for a payload. */
  async add(...tasks: (string | Partial<NewTask>)[]): Promise<string[]> {
    const receipts = await this.offer(tasks)
    return receipts.map((receipt) => {
      if (receipt.state !== 'accepted') throw new Error(`a task should be accepted, but is ${receipt.state}`)
      return receipt.n
    })
  }

  async addOne(task: string | Partial<NewTask>): Promise<string> {
    return (await this.add(task))[0]!
  }

  /** So many tasks with the payloads 0, 1, 2 … */
  async addMany(count: number, task: Partial<NewTask> = {}): Promise<string[]> {
    const numbers: string[] = []
    for (let from = 0; from < count; from += 1_000) {
      const size = Math.min(1_000, count - from)
      numbers.push(
        ...(await this.add(...Array.from({ length: size }, (_, i) => ({ payload: `${from + i}`, ...task })))),
      )
    }
    return numbers
  }

  /** Offers tasks, whatever becomes of them. */
  offer(
    tasks: readonly (string | Partial<NewTask>)[],
    options: Partial<EnqueueBatch> = {},
  ): Promise<readonly Receipt[]> {
    return this.driver.enqueue(this.batch(tasks, options))
  }

  /** The batch that comes next, unsent. */
  batch(tasks: readonly (string | Partial<NewTask>)[], options: Partial<EnqueueBatch> = {}): EnqueueBatch {
    return { lane: this.lane, seq: ++this.#seq, atomic: false, tasks: tasks.map(newTask), ...options }
  }

  worker(): WorkerLane {
    return new WorkerLane(this.driver)
  }

  /** All that this participant hears of the queue from now on. */
  async hear(): Promise<Hint[]> {
    const hints: Hint[] = []
    await this.driver.listen((hint) => void hints.push(hint))
    return hints
  }

  async read(n: string): Promise<TaskReading> {
    return (await this.driver.read([{ n }]))[0]!
  }

  async cancel(n: string): Promise<string> {
    const { changed } = await this.driver.apply({ kind: 'cancel', task: { n }, reason: 'not needed' })
    return changed === 1 ? 'cancelled' : 'too-late'
  }

  stats(): Promise<QueueStats> {
    return this.driver.stats()
  }

  /** Lets so much time pass for the ids of ended tasks. */
  async ageEndedIds(byMs: number): Promise<void> {
    const ended = await this.redis.zrange(this.key('ended'), '0', '-1')
    for (const member of ended) await this.redis.zincrby(this.key('ended'), -byMs, member)
  }

  /** The ring of outcomes came around: nothing is kept any more. */
  async dropOutcomes(): Promise<void> {
    await this.redis.del(this.key('results'))
  }

  /** The lease's time is over, now. */
  async lapse(lease: string): Promise<void> {
    await this.redis.zadd(this.key('leases'), 'XX', 1, lease)
  }

  /** Delayed tasks of a level become due, in the order in which they would have. */
  async makeDue(level = 4): Promise<void> {
    const later = await this.redis.zrange(this.key(`later:${level}`), '0', '-1')
    if (later.length === 0) return
    await this.redis.zadd(this.key(`later:${level}`), 'XX', ...later.flatMap((n, i) => [i + 1, n]))
  }
}

function newTask(task: string | Partial<NewTask>): NewTask {
  const given = typeof task === 'string' ? { payload: task } : task
  return { level: 4, delayMs: 0, header: '', payload: '"task"', ...given }
}
