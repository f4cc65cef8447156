import type { Services } from '../services/services.ts'
import type { Timer } from '../clock.ts'

/**
 * The pauses between two reads of a task, ms, and as much again at random: longer and longer, since hints are seldom
 * lost. A lost hint costs about as long as the caller has already waited, a minute at the most.
 */
const LOOK_AFTER_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const
const LAST = LOOK_AFTER_MS.length - 1
/** Tasks in one read: few enough not to delay others, at the storage and here. */
const BATCH = 200
/** Reads that are not urgent are made one batch per this time, ms, however many are due. */
const PACE_MS = 50
/**
 * After an interruption there is a rest between two batches, as long as the last one took, at most this, ms, so that
 * other calls get their turn.
 */
const LONGEST_REST_MS = 10
/** Calls that begin to wait should not have to wait for each other's first read. */
const FIRST_LOOKS_AT_ONCE = 2

/** An item that is read again and again until it is removed; these fields belong to the rounds. */
export interface Looked {
  place: Set<Looked> | undefined
  /** Index of the pause before its next read; -1: removed. */
  step: number
  dueAt: number
}

export function neverLooked(): Looked {
  return { place: undefined, step: -1, dueAt: 0 }
}

export interface LookRoundsParts<Item extends Looked> {
  readonly services: Pick<Services, 'clock' | 'random'>
  /**
   * Reads at most 200. Returns those for which no hint may arrive, or undefined when the read failed. Never rejects.
   */
  readonly look: (items: readonly Item[]) => Promise<ReadonlySet<Item> | undefined>
  /** Hints can arrive. */
  readonly isLive: () => boolean
}

/**
 * Decides when to read which items: new ones at once, all of them after an interruption, one batch after the other, and
 * each of the others at ever longer intervals at a bounded rate. So any number of items costs the storage little, and
 * delays no other call for longer than one batch takes.
 */
export class LookRounds<Item extends Looked> {
  readonly #parts: LookRoundsParts<Item>
  readonly #fresh = new Set<Item>()
  /** Hints about these may have been lost. */
  #again: Set<Item>[] = []
  /** By step; the item that is due first is at the head. */
  #rounds: Set<Item>[] = emptyRounds()
  readonly #spread: number
  #size = 0
  #underWay = 0
  #scheduled = false
  #interruptions = 0
  #timer: Timer | undefined
  #timerAt = Number.POSITIVE_INFINITY
  #roundAt = Number.NEGATIVE_INFINITY
  #rest: Timer | undefined

  constructor(parts: LookRoundsParts<Item>) {
    this.#parts = parts
    this.#spread = 1 + parts.services.random()
  }

  add(item: Item): void {
    this.#size++
    item.step = 0
    this.#put(item, this.#fresh)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#next()
    })
  }

  remove(item: Item): void {
    if (item.step === -1) return
    item.place?.delete(item)
    item.place = undefined
    item.step = -1
    if (--this.#size > 0) return
    this.#disarm()
    this.#rest?.cancel()
    this.#rest = undefined
  }

  /** Hints may have been lost. */
  again(): void {
    this.#interruptions++
    this.#again.push(...this.#rounds)
    this.#rounds = emptyRounds()
    this.#next()
  }

  #next(): void {
    while (this.#fresh.size > 0 && this.#underWay < FIRST_LOOKS_AT_ONCE) void this.#look(take([this.#fresh]))
    if (this.#underWay > 0 || this.#rest) return
    const batch = take<Item>(this.#again)
    if (batch.length > 0) return void this.#lookAgain(batch)
    this.#again = []
    this.#arm()
  }

  async #lookAgain(batch: readonly Item[]): Promise<void> {
    const { clock } = this.#parts.services
    const startedAt = clock.now()
    await this.#ask(batch)
    const restMs = Math.min(LONGEST_REST_MS, Math.ceil(clock.now() - startedAt))
    if (restMs > 0 && this.#size > 0) {
      this.#rest = clock.schedule(() => {
        this.#rest = undefined
        this.#next()
      }, restMs)
    }
    this.#next()
  }

  async #look(batch: readonly Item[]): Promise<void> {
    await this.#ask(batch)
    this.#next()
  }

  async #ask(batch: readonly Item[]): Promise<void> {
    const { look, isLive, services } = this.#parts
    const interruptions = this.#interruptions
    this.#underWay++
    const unheard = await look(batch)
    this.#underWay--
    const now = services.clock.now()
    const live = unheard !== undefined && isLive()
    const suspect = interruptions !== this.#interruptions && new Set<Item>()
    if (suspect) this.#again.push(suspect)
    for (const item of batch) {
      if (item.step === -1) continue
      const step = live && !unheard.has(item) ? item.step : 0
      item.step = live && !unheard.has(item) ? Math.min(step + 1, LAST) : 0
      item.dueAt = now + LOOK_AFTER_MS[step]! * this.#spread
      this.#put(item, suspect || this.#rounds[step]!)
    }
  }

  #put(item: Item, place: Set<Item>): void {
    place.add(item)
    item.place = place as Set<Looked>
  }

  #arm(): void {
    const { clock } = this.#parts.services
    let dueAt = Number.POSITIVE_INFINITY
    for (const round of this.#rounds) for (const item of first(round)) dueAt = Math.min(dueAt, item.dueAt)
    const at = Math.max(dueAt, this.#roundAt + PACE_MS)
    if (at >= this.#timerAt || at === Number.POSITIVE_INFINITY) return
    this.#disarm()
    this.#timerAt = at
    this.#timer = clock.schedule(() => this.#round(), Math.max(0, Math.ceil(at - clock.now())))
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#timerAt = Number.POSITIVE_INFINITY
  }

  #round(): void {
    this.#disarm()
    // The batches under way return here by themselves.
    if (this.#underWay > 0) return
    const now = this.#parts.services.clock.now()
    const batch = take(this.#rounds, now)
    if (batch.length === 0) return this.#arm()
    this.#roundAt = now
    void this.#look(batch)
  }
}

function emptyRounds<Item>(): Set<Item>[] {
  return LOOK_AFTER_MS.map(() => new Set<Item>())
}

function first<Item>(set: ReadonlySet<Item>): Item[] {
  for (const item of set) return [item]
  return []
}

/** Takes up to a batch out of the sets, in their order; with `dueBy` only items that are due by then. */
function take<Item extends Looked>(sets: readonly Set<Item>[], dueBy = Number.POSITIVE_INFINITY): Item[] {
  const batch: Item[] = []
  for (const set of sets) {
    for (const item of set) {
      if (batch.length === BATCH) return batch
      if (item.dueAt > dueBy) break
      set.delete(item)
      item.place = undefined
      batch.push(item)
    }
  }
  return batch
}
