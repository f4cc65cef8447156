import type { Services } from '../services/services.ts'
import { limited } from '../waiting/limit.ts'
import { Room } from './room.ts'

export interface Attempt<T> {
  /** Of the calls of a line the first waits for room, the others behind it. */
  readonly line: string
  readonly try: () => Promise<T>
  readonly isFull: (answer: T) => boolean
  readonly signal: AbortSignal | undefined
  /** Begins to wait; returns how it ends. */
  readonly onWait: () => () => void
}

interface Line {
  readonly room: Room
  /** Calls that use it. */
  calls: number
}

/**
 * The lines of calls that wait for room: one for each key where the tasks of a key are bounded, so that a key that is
 * full keeps no other waiting.
 */
export class Rooms {
  readonly #services: Services
  readonly #lines = new Map<string, Line>()

  constructor(services: Services) {
    this.#services = services
  }

  /** A hint that there is room. */
  hear(): void {
    for (const { room } of this.#lines.values()) room.hear()
  }

  /** Tries at once; while there is no room, waits in line until there is. */
  async whenThereIsRoom<T>(attempt: Attempt<T>): Promise<T> {
    let line = this.#lines.get(attempt.line)
    if (line === undefined) this.#lines.set(attempt.line, (line = { room: new Room(this.#services), calls: 0 }))
    line.calls++
    try {
      return await this.#enter(line.room, attempt)
    } finally {
      if (--line.calls === 0) this.#lines.delete(attempt.line)
    }
  }

  /** Refuses every call that waits with `error`. */
  close(error: Error): void {
    for (const { room } of this.#lines.values()) room.close(error)
  }

  async #enter<T>(room: Room, { try: attempt, isFull, signal, onWait }: Attempt<T>): Promise<T> {
    let answer: T | undefined
    const { hints } = room
    if (!room.crowded) {
      answer = await attempt()
      if (!isFull(answer)) return answer
    }
    const onEnd = onWait()
    try {
      const place = room.wait(async () => !isFull((answer = await attempt())))
      // A hint arrived before the refusal.
      if (room.hints > hints) room.retry()
      await limited(place.done, { clock: this.#services.clock, signal }, place.leave)
    } finally {
      onEnd()
    }
    return answer!
  }
}
