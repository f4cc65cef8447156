import type { TurnReply, Turn } from '../ports/queue-driver.ts'
import { workerOf } from '../ports/worker-of.ts'
import { READ_EACH_MS } from './marks.ts'
import { homeOf } from './places.ts'

/** A timer may ring a little early. */
const EARLY_MS = 2
/** Each such turn begins with the partition that is next, the others with those that they settle in. */
const ROTATE_EACH = 4
/** Whoever looked in this time need not look for a mark. */
const ENOUGH_MS = READ_EACH_MS / 2

/** What one of the partitions is asked in a turn of a worker, under the number of that turn. */
export interface PartOfTurn {
  readonly index: number
  readonly turn: Turn
  /** Where its settlements were. */
  readonly positions: readonly number[]
}

/** The last turn of a lane, to be repeated. */
export interface LaneView {
  seq: number
  parts: readonly PartOfTurn[]
  /** Partitions that know the lane. */
  readonly used: Set<number>
}

/** What a worker knows of the partitions of its queue: where there may be something to claim. */
export class WorkerView {
  readonly lanes: Map<string, LaneView> = new Map()
  readonly #of: number
  /** It sleeps there: a hint will come. */
  readonly #registered: boolean[]
  /** A hint came since it last looked. */
  readonly #hinted = new Set<number>()
  /** Something is due there then, by the clock of this process. */
  readonly #dueAt: number[]
  /** Suspects wait there. */
  readonly #suspects = new Set<number>()
  /** A limit keeps tasks waiting there. */
  readonly #heldBack = new Set<number>()
  /** When it last looked there. */
  readonly #lookedAt: number[]
  #next: number
  #sweep: number
  #turns = 0

  constructor(lane: string, of: number, home: number = homeOf(workerOf(lane), of)) {
    this.#of = of
    this.#next = home
    this.#sweep = home
    this.#registered = Array.from({ length: of }, () => false)
    this.#dueAt = Array.from({ length: of }, () => Number.POSITIVE_INFINITY)
    this.#lookedAt = Array.from({ length: of }, () => Number.NEGATIVE_INFINITY)
  }

  get hasSuspects(): boolean {
    return this.#suspects.size > 0
  }

  get isHeldBack(): boolean {
    return this.#heldBack.size > 0
  }

  lane(name: string): LaneView {
    let lane = this.lanes.get(name)
    if (lane === undefined) this.lanes.set(name, (lane = { seq: 0, parts: [], used: new Set() }))
    return lane
  }

  hinted(index: number): void {
    this.#hinted.add(index)
    this.#registered[index] = false
  }

  /** There may be something in these: it looks there, unless it just did. */
  marked(indices: readonly number[], now: number): void {
    for (const index of indices) {
      if (this.#lookedAt[index]! <= now - ENOUGH_MS) this.#registered[index] = false
    }
  }

  /** The next of all, one after the other: of those that nobody says anything of. */
  sweep(): number {
    return (this.#sweep = (this.#sweep + 1) % this.#of)
  }

  /** The hints that this worker has not followed. */
  takeHinted(): number[] {
    const hinted = [...this.#hinted]
    this.#hinted.clear()
    return hinted
  }

  /** Where to claim, in this order: where it settles something, and wherever there may be work, as far as it knows. */
  targets(settling: readonly number[], now: number, looking: boolean, isAway: (index: number) => boolean): number[] {
    const active: number[] = []
    for (let i = 0; i < this.#of; i++) {
      const index = (this.#next + i) % this.#of
      if (!isAway(index) && this.#isActive(index, now, looking)) active.push(index)
    }
    if (active.length === 0 && settling.length === 0) return []
    const rotates = settling.length === 0 || ++this.#turns % ROTATE_EACH === 0
    if (!rotates) return [...new Set([...settling, ...active])]
    const [first = this.#next] = active
    this.#next = (first + 1) % this.#of
    return [...new Set([...active, ...settling])]
  }

  /** It is being asked. */
  asks(index: number, want: number): void {
    if (want > 0) this.#hinted.delete(index)
  }

  /** `now`: when it was answered. */
  saw(index: number, turn: Turn, reply: TurnReply, now: number): void {
    const { claimed, heldBack, nextDueInMs, suspects } = reply
    if (turn.suspectFrom !== undefined) setIn(this.#suspects, index, suspects === true)
    else if (turn.want > 0 && claimed.length === 0) this.#suspects.delete(index)
    if (turn.want === 0) {
      if (turn.settlements.length > 0 && this.#heldBack.delete(index)) this.#registered[index] = false
      if (nextDueInMs !== undefined) this.#dueAt[index] = Math.min(this.#dueAt[index]!, now + nextDueInMs)
      return
    }
    this.#lookedAt[index] = now
    setIn(this.#heldBack, index, heldBack === true)
    this.#dueAt[index] = nextDueInMs === undefined ? Number.POSITIVE_INFINITY : now + nextDueInMs
    const sleeps = turn.awaitWork && (claimed.length === 0 || heldBack === true)
    this.#registered[index] = sleeps && !this.#hinted.has(index)
  }

  /** Until something is due anywhere, ms; 0 where there is something to look at now. */
  dueInMs(now: number, isAway: (index: number) => boolean): number | undefined {
    let at = Number.POSITIVE_INFINITY
    for (let index = 0; index < this.#of; index++) {
      if (isAway(index)) continue
      if (this.#hinted.has(index)) return 0
      at = Math.min(at, this.#dueAt[index]!)
    }
    return at === Number.POSITIVE_INFINITY ? undefined : Math.max(0, Math.ceil(at - now))
  }

  #isActive(index: number, now: number, looking: boolean): boolean {
    if (!this.#registered[index] || this.#dueAt[index]! <= now + EARLY_MS) return true
    return looking && this.#suspects.has(index)
  }
}

function setIn(set: Set<number>, index: number, isIn: boolean): void {
  if (isIn) set.add(index)
  else set.delete(index)
}
