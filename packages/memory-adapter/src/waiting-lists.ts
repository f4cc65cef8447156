import type { Hint, Turn } from '@mq/core/adapter'
import { workerOf } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'

interface IdleWorker {
  readonly worker: string
  readonly post: HintPost
  /** How long it may have a task that the hint brings along; undefined: it takes none. */
  readonly grantMs: number | undefined
}

/**
 * Workers without work. Each is woken once, by a call that leaves tasks to claim; a claim that leaves more wakes the
 * next.
 */
export class IdleWorkers {
  readonly #byName = new Map<string, IdleWorker>()

  get size(): number {
    return this.#byName.size
  }

  add({ lane, takesGrant, leaseMs }: Turn, post: HintPost): void {
    const worker = workerOf(lane)
    this.#byName.set(worker, { worker, post, grantMs: takesGrant ? leaseMs : undefined })
  }

  remove(lane: string): void {
    this.#byName.delete(workerOf(lane))
  }

  wakeOne(): void {
    this.#next((idle) => idle.post.send({ kind: 'work' }))
  }

  /** Wakes one: by sending it the task, if it takes one. */
  grantOne(send: (to: IdleWorker, leaseMs: number) => boolean): void {
    this.#next((idle) => (idle.grantMs === undefined ? idle.post.send({ kind: 'work' }) : send(idle, idle.grantMs)))
  }

  forget(participant: HintPost): void {
    for (const [worker, { post }] of this.#byName) if (post === participant) this.#byName.delete(worker)
  }

  #next(isHeard: (idle: IdleWorker) => boolean): void {
    for (const [worker, idle] of this.#byName) {
      this.#byName.delete(worker)
      if (isHeard(idle)) return
    }
  }
}

/**
 * Producers that were refused because the queue was full: as many get a hint as there is room for, first come, first
 * served.
 */
export class RoomSeekers {
  readonly #capacities = new Map<HintPost, number>()

  add(post: HintPost, capacity: number): void {
    this.#capacities.set(post, capacity)
  }

  tell(waiting: number): void {
    let told = 0
    for (const [post, capacity] of this.#capacities) {
      if (waiting + told >= capacity) continue
      this.#capacities.delete(post)
      if (post.send({ kind: 'room' })) told++
    }
  }

  forget(participant: HintPost): void {
    this.#capacities.delete(participant)
  }
}

/** The participants that await the end of a task. */
export class Watchers {
  readonly #byTask = new Map<number, Set<HintPost>>()

  add(n: number, post: HintPost): void {
    const posts = this.#byTask.get(n)
    if (posts) posts.add(post)
    else this.#byTask.set(n, new Set([post]))
  }

  tell(n: number, hint: Hint): void {
    for (const post of this.#byTask.get(n) ?? []) post.send(hint)
  }

  tellEnd(n: number, hint: Hint): void {
    this.tell(n, hint)
    this.#byTask.delete(n)
  }

  forget(participant: HintPost): void {
    for (const [n, posts] of this.#byTask) {
      if (posts.delete(participant) && posts.size === 0) this.#byTask.delete(n)
    }
  }
}
