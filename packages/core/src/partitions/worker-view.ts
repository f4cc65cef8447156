import type { TurnReply, Turn } from '../ports/queue-driver.ts'
import { workerOf } from '../ports/worker-of.ts'
import { READ_EACH_MS } from './marks.ts'
import { homeOf } from './places.ts'

/** A timer may ring a little early. */
const EARLY_MS = 2
const NEVER = Number.NEGATIVE_INFINITY
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
  /** The places of the partitions, ascending. */
  readonly #places: () => readonly number[]
  /** It sleeps there: a hint will come. */
  readonly #registered = new Set<number>()
  /** A hint came since it last looked. */
  readonly #hinted = new Set<number>()
  /** Something is due there then, by the clock of this process. */
  readonly #dueAt = new Map<number, number>()
  /** Suspects wait there. */
  readonly #suspects = new Set<number>()
  /** A limit keeps tasks waiting there. */
  readonly #heldBack = new Set<number>()
  /** When it last looked there. */
  readonly #lookedAt = new Map<number, number>()
  #next: number
  #sweep: number
  #turns = 0

  constructor(lane: string, places: () => readonly number[], home?: number) {
    this.#places = places
    const all = places()
    this.#next = home ?? all[homeOf(workerOf(lane), all.length)]!
    this.#sweep = this.#next
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
    this.#registered.delete(index)
  }

  /** There is no such partition any more, or another one. */
  forget(index: number): void {
    for (const known of [this.#registered, this.#hinted, this.#suspects, this.#heldBack]) known.delete(index)
    this.#dueAt.delete(index)
    this.#lookedAt.delete(index)
  }

  /** There may be something in these: it looks there, unless it just did. */
  marked(indices: readonly number[], now: number): void {
    for (const index of indices) {
      if ((this.#lookedAt.get(index) ?? NEVER) <= now - ENOUGH_MS) this.#registered.delete(index)
    }
  }

  /** The next of all, one after the other: of those that nobody says anything of. */
  sweep(): number {
    return (this.#sweep = this.#from(this.#sweep + 1)[0]!)
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
    for (const index of this.#from(this.#next)) {
      if (!isAway(index) && this.#isActive(index, now, looking)) active.push(index)
    }
    if (active.length === 0 && settling.length === 0) return []
    const rotates = settling.length === 0 || ++this.#turns % ROTATE_EACH === 0
    if (!rotates) return [...new Set([...settling, ...active])]
    const [first = this.#next] = active
    this.#next = first + 1
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
      if (turn.settlements.length > 0 && this.#heldBack.delete(index)) this.#registered.delete(index)
      if (nextDueInMs !== undefined) this.#dueAt.set(index, Math.min(this.#due(index), now + nextDueInMs))
      return
    }
    this.#lookedAt.set(index, now)
    setIn(this.#heldBack, index, heldBack === true)
    if (nextDueInMs === undefined) this.#dueAt.delete(index)
    else this.#dueAt.set(index, now + nextDueInMs)
    const sleeps = turn.awaitWork && (claimed.length === 0 || heldBack === true)
    setIn(this.#registered, index, sleeps && !this.#hinted.has(index))
  }

  /** Until something is due anywhere, ms; 0 where there is something to look at now. */
  dueInMs(now: number, isAway: (index: number) => boolean): number | undefined {
    let at = Number.POSITIVE_INFINITY
    for (const index of this.#places()) {
      if (isAway(index)) continue
      if (this.#hinted.has(index)) return 0
      at = Math.min(at, this.#due(index))
    }
    return at === Number.POSITIVE_INFINITY ? undefined : Math.max(0, Math.ceil(at - now))
  }

  /** All of them, beginning with the first that is not before this one. */
  #from(index: number): readonly number[] {
    const all = this.#places()
    const at = all.findIndex((each) => each >= index)
    return at < 1 ? all : [...all.slice(at), ...all.slice(0, at)]
  }

  #due(index: number): number {
    return this.#dueAt.get(index) ?? Number.POSITIVE_INFINITY
  }

  #isActive(index: number, now: number, looking: boolean): boolean {
    if (!this.#registered.has(index) || this.#due(index) <= now + EARLY_MS) return true
    return looking && this.#suspects.has(index)
  }
}

function setIn(set: Set<number>, index: number, isIn: boolean): void {
  if (isIn) set.add(index)
  else set.delete(index)
}
