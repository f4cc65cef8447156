import type { Hint } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'

/**
 * Workers without work. Each is woken once, by a call that leaves tasks to claim; a claim that leaves more wakes the
 * next.
 */
export class IdleWorkers {
  readonly #byLane = new Map<string, HintPost>()

  get size(): number {
    return this.#byLane.size
  }

  add(lane: string, post: HintPost): void {
    this.#byLane.set(lane, post)
  }

  remove(lane: string): void {
    this.#byLane.delete(lane)
  }

  wakeOne(): void {
    for (const [lane, post] of this.#byLane) {
      this.#byLane.delete(lane)
      if (post.send({ kind: 'work' })) return
    }
  }

  forget(participant: HintPost): void {
    for (const [lane, post] of this.#byLane) if (post === participant) this.#byLane.delete(lane)
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
