import type { HintPost } from './hint-post.ts'
import type { TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'

/** The tasks that workers hold, by deadline. A lease past its deadline is held until its task is recovered. */
export class Leases {
  readonly #deadlines = new TimeHeap<TaskRecord>()
  /** By worker: the task that was sent to it with a hint, until it says that this arrived. */
  readonly #sent = new Map<string, TaskRecord>()
  #fence: number

  constructor(fence = 0) {
    this.#fence = fence
  }

  /** The last one given. */
  get fence(): number {
    return this.#fence
  }

  get size(): number {
    return this.#deadlines.size
  }

  /** When the earliest lease ends. */
  get nextDeadline(): number | undefined {
    return this.#deadlines.first?.at
  }

  /** How many have not ended. */
  countHeld(now: number): number {
    return this.size - this.countOver(now)
  }

  /** How many are over, and their tasks not recovered. O(their number). */
  countOver(now: number): number {
    return this.#deadlines.countDue(now)
  }

  /** In no order. */
  all(): readonly TaskRecord[] {
    return this.#deadlines.items
  }

  give(task: TaskRecord, holder: HintPost, deadline: number): void {
    task.place = 'leased'
    task.started = false
    task.unseen = false
    task.lease = `${task.n}#${task.runs}`
    task.fence = ++this.#fence
    task.holder = holder
    task.at = deadline
    task.order = task.fence
    this.#deadlines.add(task)
  }

  /** Gives it to a worker that has not asked: no crash is charged until the worker says that it arrived. */
  send(task: TaskRecord, worker: string, holder: HintPost, deadline: number): void {
    this.give(task, holder, deadline)
    task.unseen = true
    task.sentTo = worker
    this.#sent.set(worker, task)
  }

  /** What was sent to a worker and is not known to have arrived. */
  sentTo(worker: string): TaskRecord | undefined {
    return this.#sent.get(worker)
  }

  arrived(worker: string): void {
    const task = this.#sent.get(worker)
    if (task === undefined) return
    task.unseen = false
    task.sentTo = undefined
    this.#sent.delete(worker)
  }

  /** What was sent is given again until then; or, in the past, is another worker's. */
  lasts(task: TaskRecord, deadline: number): void {
    this.#deadlines.move(task, deadline)
  }

  extend(task: TaskRecord, deadline: number): void {
    task.unseen = false
    this.#deadlines.move(task, deadline)
  }

  /** The lease ends, and its token with it. */
  end(task: TaskRecord): void {
    this.#deadlines.remove(task)
    this.#forget(task)
  }

  /** Ends up to `most` leases past their deadlines. Returns their tasks in the order of delivery. */
  endExpired(now: number, most: number): readonly TaskRecord[] {
    const expired: TaskRecord[] = []
    let task: TaskRecord | undefined
    while (expired.length < most && (task = this.#deadlines.takeDue(now))) {
      this.#forget(task)
      expired.push(task)
    }
    return expired.sort((one, other) => one.fence - other.fence)
  }

  #forget(task: TaskRecord): void {
    task.runs++
    task.lease = ''
    task.holder = undefined
    if (task.sentTo === undefined) return
    this.#sent.delete(task.sentTo)
    task.sentTo = undefined
  }
}
