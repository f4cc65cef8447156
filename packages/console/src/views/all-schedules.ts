import { systemClock } from '@mq/core'
import type { Clock, Queue } from '@mq/core'
import type { ScheduleEntry, Scheduler, SchedulesListed } from '@mq/scheduler'
import { readEach } from './readable.ts'
import type { Faults } from './readable.ts'
import { SharedLooks } from './shared-looks.ts'

/** So many are shown; a page of the storage is this large. */
export const MOST_SCHEDULES = 200
const PAGE = 20

export interface ScheduleOfQueue {
  readonly queue: string
  readonly entry: ScheduleEntry
}

export interface SchedulesOfAll {
  /** The next to tick first. */
  readonly schedules: readonly ScheduleOfQueue[]
  /** Of each queue that was looked at, when, and since when a process looks what is due there. */
  readonly ticking: ReadonlyMap<string, Pick<SchedulesListed, 'at' | 'tickerSeenAgoMs'>>
  readonly faults: Faults
  /** There are others behind them. */
  readonly more: boolean
}

interface Source {
  readonly queue: Queue
  readonly page: SchedulesListed
  readonly at: number
}

/** The schedules of many queues as one list, from the few first ones of each. */
export class AllSchedules {
  readonly #scheduler: Pick<Scheduler, 'list'>
  readonly #looks: SharedLooks<SchedulesOfAll>

  constructor(scheduler: Pick<Scheduler, 'list'>, clock: Clock = systemClock) {
    this.#scheduler = scheduler
    this.#looks = new SharedLooks(clock, 1)
  }

  first(queues: readonly Queue[]): Promise<SchedulesOfAll> {
    return this.#looks.look(queues.map(({ name }) => name).join(), () => this.#look(queues))
  }

  async #look(queues: readonly Queue[]): Promise<SchedulesOfAll> {
    const names = queues.map(({ name }) => name)
    const { values, faults } = await readEach(names, async (_, i): Promise<Source> => {
      return { queue: queues[i]!, page: await this.#scheduler.list(queues[i]!, { limit: PAGE }), at: 0 }
    })
    const schedules: ScheduleOfQueue[] = []
    let sources = values
    while (schedules.length < MOST_SCHEDULES) {
      const next = firstOf(sources)
      if (next === undefined) break
      schedules.push({ queue: next.queue.name, entry: next.page.schedules[next.at]! })
      const behind = await this.#behind(next)
      sources = sources.map((one) => (one === next ? behind : one))
    }
    const ticking = new Map(values.map(({ queue, page }) => [queue.name, page]))
    return { schedules, ticking, faults, more: firstOf(sources) !== undefined }
  }

  async #behind(source: Source): Promise<Source> {
    const { queue, page, at } = source
    if (at + 1 < page.schedules.length || page.next === undefined) return { ...source, at: at + 1 }
    return { queue, page: await this.#scheduler.list(queue, { limit: PAGE, after: page.next }), at: 0 }
  }
}

/** Which has the one that ticks next. */
function firstOf(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined
  for (const source of sources) {
    if (source.at >= source.page.schedules.length) continue
    if (first === undefined || dueOf(source) < dueOf(first)) first = source
  }
  return first
}

function dueOf({ page, at }: Source): number {
  return page.schedules[at]!.nextAt ?? Number.POSITIVE_INFINITY
}
