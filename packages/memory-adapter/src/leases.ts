import type { HintPost } from './hint-post.ts'
import type { TaskRecord } from './task-record.ts'
import { TimeHeap } from './time-heap.ts'

/** The tasks that workers hold, by deadline. A lease past its deadline is held until its task is recovered. */
export class Leases {
  readonly #deadlines = new TimeHeap<TaskRecord>()
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

  /** How many have not ended. O(size). */
  countHeld(now: number): number {
    return this.#deadlines.count((task) => task.at > now)
  }

  /** In no order. */
  all(): readonly TaskRecord[] {
    return this.#deadlines.items
  }

  grant(task: TaskRecord, holder: HintPost, deadline: number): void {
    task.place = 'leased'
    task.started = false
    task.lease = `${task.n}#${task.runs}`
    task.fence = ++this.#fence
    task.holder = holder
    task.at = deadline
    task.order = task.fence
    this.#deadlines.add(task)
  }

  extend(task: TaskRecord, deadline: number): void {
    this.#deadlines.move(task, deadline)
  }

  /** The lease ends, and its token with it. */
  end(task: TaskRecord): void {
    this.#deadlines.remove(task)
    forget(task)
  }

  /** Ends up to `most` leases past their deadlines. Returns their tasks in the order of delivery. */
  endExpired(now: number, most: number): readonly TaskRecord[] {
    const expired: TaskRecord[] = []
    let task: TaskRecord | undefined
    while (expired.length < most && (task = this.#deadlines.takeDue(now))) {
      forget(task)
      expired.push(task)
    }
    return expired.sort((one, other) => one.fence - other.fence)
  }
}

function forget(task: TaskRecord): void {
  task.runs++
  task.lease = ''
  task.holder = undefined
}
