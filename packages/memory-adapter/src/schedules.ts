import type {
  NewSchedule,
  ScheduleCounts,
  ScheduleReading,
  ScheduleSet,
  SchedulesPage,
  SchedulesQuery,
  StoredSchedule,
  Tick,
} from '@mq/core/adapter'
import { TimeHeap } from './time-heap.ts'
import type { Timed } from './time-heap.ts'

interface Kept extends Timed {
  schedule: StoredSchedule
}

/** The schedules of one queue, by name, and those that are due some day by when. Instants are ms since 1970. */
export class Schedules {
  readonly #byName = new Map<string, Kept>()
  readonly #byTime = new TimeHeap<Kept>()
  /** Never given twice, also where schedules are removed. */
  #revision: number
  /** When a scheduler last looked. */
  #seenAt: number | undefined

  /** `revision`: more than any before. */
  constructor(revision: number) {
    this.#revision = revision
  }

  get size(): number {
    return this.#byName.size
  }

  get revision(): number {
    return this.#revision
  }

  /** When the earliest is due. */
  get nextDueAt(): number | undefined {
    return this.#byTime.first?.at
  }

  read(name: string, at: number): ScheduleReading {
    const schedule = this.get(name)
    return { at, ...(schedule === undefined ? undefined : { schedule }), ...this.seen(at) }
  }

  /** A scheduler is here. */
  see(at: number): void {
    if (this.size > 0) this.#seenAt = at
  }

  seen(at: number): { readonly tickerSeenAgoMs?: number } {
    return this.#seenAt === undefined ? {} : { tickerSeenAgoMs: Math.max(0, at - this.#seenAt) }
  }

  get(name: string): StoredSchedule | undefined {
    return this.#byName.get(name)?.schedule
  }

  set({ name, body, dueAt, before }: NewSchedule, at: number): ScheduleSet {
    const old = this.#byName.get(name)
    const there = old?.schedule
    if (there?.revision !== before?.revision || there?.dueAt !== before?.dueAt) {
      return { state: 'stale', at, schedule: there }
    }
    if (there?.dueAt !== undefined && there.dueAt <= at) return { state: 'due', at, schedule: there }
    const revision = String(++this.#revision)
    const { lastAt, lastTask } = there ?? {}
    const schedule = { name, revision, dueAt, body, lastAt, lastTask }
    if (old === undefined) this.#byName.set(name, this.#placed({ schedule, at: 0, order: this.#revision, slot: -1 }))
    else this.#replace(old, schedule)
    return { state: 'set', at, revision }
  }

  remove(name: string): boolean {
    const kept = this.#byName.get(name)
    if (kept === undefined) return false
    if (kept.slot >= 0) this.#byTime.remove(kept)
    return this.#byName.delete(name)
  }

  /** Whether this tick can be done. */
  isNext({ name, revision, dueAt }: Tick, at: number): boolean {
    const there = this.get(name)
    if (there?.revision !== revision) return false
    return dueAt === undefined || (there.dueAt === dueAt && dueAt <= at)
  }

  /** `lastTask`: undefined where the tick had none. */
  advance({ name, dueAt, nextDueAt, lastAt = dueAt }: Tick, lastTask: string | undefined): void {
    if (dueAt === undefined) return
    const kept = this.#byName.get(name)!
    const last = lastTask === undefined ? undefined : { lastAt, lastTask }
    this.#replace(kept, { ...kept.schedule, dueAt: nextDueAt, ...last })
  }

  /** The earliest of those whose time has come, and when the next one is due. */
  due(at: number, limit: number): { readonly schedules: readonly StoredSchedule[]; readonly nextDueAt?: number } {
    const taken: Kept[] = []
    let kept: Kept | undefined
    while (taken.length < limit && (kept = this.#byTime.takeDue(at))) taken.push(kept)
    const nextDueAt = this.#byTime.first?.at
    for (const each of taken) this.#byTime.add(each)
    return {
      schedules: taken.map(({ schedule }) => schedule),
      ...(nextDueAt === undefined ? undefined : { nextDueAt }),
    }
  }

  counts(at: number): ScheduleCounts {
    const since = this.#byTime.first?.at ?? Number.POSITIVE_INFINITY
    const due = this.#byTime.countDue(at)
    const dueFor = due === 0 ? undefined : { dueForMs: Math.floor(at - since) }
    return { count: this.size, due, ...dueFor, ...this.seen(at) }
  }

  page({ after, limit }: SchedulesQuery): Omit<SchedulesPage, 'at'> {
    const all = [...this.#byName.values()].map(({ schedule }) => schedule).sort(compare)
    const first = after === undefined ? 0 : all.findIndex((schedule) => compare(schedule, after) > 0)
    const schedules = first === -1 ? [] : all.slice(first, first + limit)
    const last = schedules.at(-1)
    const isMore = last !== undefined && last !== all.at(-1)
    return {
      schedules,
      malformed: [],
      next: isMore ? { name: last.name, dueAt: last.dueAt } : undefined,
    }
  }

  #replace(kept: Kept, schedule: StoredSchedule): void {
    if (kept.slot >= 0) this.#byTime.remove(kept)
    kept.schedule = schedule
    this.#placed(kept)
  }

  #placed(kept: Kept): Kept {
    const { dueAt } = kept.schedule
    kept.slot = -1
    if (dueAt !== undefined) {
      kept.at = dueAt
      this.#byTime.add(kept)
    }
    return kept
  }
}

type Place = Pick<StoredSchedule, 'name' | 'dueAt'>

function compare(a: Place, b: Place): number {
  const [x, y] = [a.dueAt ?? Number.POSITIVE_INFINITY, b.dueAt ?? Number.POSITIVE_INFINITY]
  if (x !== y) return x < y ? -1 : 1
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
}
