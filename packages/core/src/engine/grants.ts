import type { Services } from '../services/services.ts'
import { MAX_GRANT_MS } from '../ports/limits.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { TurnReply } from '../ports/queue-driver.ts'
import type { Listening } from './listening.ts'
import type { Slots } from './slots.ts'

/** A worker has one grant at a time; a reply that brings one again is at most some turns old. */
const MOST_REMEMBERED = 16

export interface GrantsParts {
  readonly services: Pick<Services, 'clock'>
  readonly leaseMs: number
  readonly listening: Listening
  readonly slots: Slots
}

/**
 * Knows the tasks that came with a hint, so that none is started twice: the storage gives a grant again with each turn
 * that does not name it, and such a reply can cross with the hint.
 */
export class Grants {
  readonly #parts: GrantsParts
  /** Leases, the newest one last. */
  readonly #arrived: string[] = []
  /** How long one is leased when it arrives. */
  readonly leaseMs: number
  readonly #begunAt: number
  /** The storage's clock minus this process' one, at the most: a reply is not older than its call. */
  #aheadMs: number | undefined
  #closed = false

  constructor(parts: GrantsParts) {
    this.#parts = parts
    this.leaseMs = Math.min(parts.leaseMs, MAX_GRANT_MS)
    this.#begunAt = parts.services.clock.now()
  }

  /** Whether the next hint of work may bring a task along. */
  get wanted(): boolean {
    const { listening, slots } = this.#parts
    return !this.#closed && listening.live && slots.hasFree
  }

  /** The newest one that arrived. */
  get newest(): string | undefined {
    return this.#arrived.at(-1)
  }

  /** True once for each lease; false when this worker starts none any more. */
  arrives(lease: string): boolean {
    if (this.#closed || this.#arrived.includes(lease)) return false
    this.#arrived.push(lease)
    if (this.#arrived.length > MOST_REMEMBERED) this.#arrived.shift()
    return true
  }

  /**
   * What a reply brought, but for a grant that this worker knows, by its hint or by an earlier reply. `named`: the
   * grant that the turn named. A storage that gives one again which was named, or was there before the one that was,
   * lost its last writes, in a power loss or a failover: the grant is named again, or it would be given for ever,
   * and it is started again, unless it is held here, since what became of it is lost as well.
   */
  newOf(
    { claimed, granted }: TurnReply,
    named: string | undefined,
    isHeld: (lease: string) => boolean,
  ): readonly ClaimedTask[] {
    if (granted === undefined || claimed[0]?.lease !== granted) return claimed
    const at = this.#arrived.indexOf(granted)
    if (this.#closed || at === -1) return this.arrives(granted) ? claimed : claimed.slice(1)
    const isForgotten = named !== undefined && this.#arrived.indexOf(named) >= at
    this.#arrived.push(...this.#arrived.splice(at, 1))
    return isForgotten && !isHeld(granted) ? claimed : claimed.slice(1)
  }

  /** A turn that was first sent at `sentAt` by this process' clock was answered. */
  answered({ at }: TurnReply, sentAt: number): void {
    if (at !== undefined) this.#aheadMs = at - sentAt
  }

  /** When the storage gave the task, by this process' clock, or before: its lease runs from then. */
  givenAt({ claimedAt }: ClaimedTask): number {
    // None was asked for before this worker began.
    if (this.#aheadMs === undefined) return this.#begunAt
    return Math.min(this.#parts.services.clock.now(), claimedAt - this.#aheadMs)
  }

  /**
   * Its hint took half of its lease, or more: the next turn brings the task with a new one, if it is still there.
   */
  isLate(task: ClaimedTask): boolean {
    return this.#parts.services.clock.now() - this.givenAt(task) > this.leaseMs / 2
  }

  /** No grant is started any more: the storage gives those that were not named to others. */
  close(): void {
    this.#closed = true
  }
}
