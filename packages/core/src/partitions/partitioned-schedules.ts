import { checkDueLimit, checkSchedulesQuery, checkTicks } from '../ports/check-schedules.ts'
import type {
  DueSchedules,
  NewSchedule,
  ScheduleDriver,
  ScheduleReading,
  ScheduleSet,
  SchedulesPage,
  SchedulesQuery,
  StoredSchedule,
  TickBatch,
  TickReceipt,
} from '../ports/schedules.ts'
import { least } from './counting.ts'
import type { Home } from './home.ts'
import { homeOf, numberAt } from './places.ts'
import { gathered, portionsOf } from './spread-out.ts'

const NEVER = Number.POSITIVE_INFINITY

/** The schedules of a queue, each in the partition of its name, as are the tasks that it adds. */
export class PartitionedSchedules implements ScheduleDriver {
  readonly #drivers: readonly ScheduleDriver[]
  readonly #home: Pick<Home, 'sure' | 'sureToStore' | 'stored'>

  constructor(drivers: readonly ScheduleDriver[], home: Pick<Home, 'sure' | 'sureToStore' | 'stored'>) {
    this.#drivers = drivers
    this.#home = home
  }

  async read(name: string): Promise<ScheduleReading> {
    await this.#home.sure()
    const { schedule, ...reading } = await this.#of(name).read(name)
    return schedule === undefined ? reading : { ...reading, schedule: this.#outer(schedule, name) }
  }

  /** By when they are due where all are on one page; else one partition after the other. */
  async page(query: SchedulesQuery): Promise<SchedulesPage> {
    checkSchedulesQuery(query)
    await this.#home.sure()
    const { after, limit } = query
    if (after !== undefined) return this.#pageFrom(this.#indexOf(after.name), query)
    const pages = await Promise.all(this.#drivers.map((driver, index) => this.#pageOf(index, driver, query)))
    const schedules = pages.flatMap((page) => page.schedules).sort(inOrder)
    const isAll = schedules.length <= limit && pages.every(({ next }) => next === undefined)
    if (!isAll) return this.#pageFrom(0, query)
    return {
      at: Math.max(...pages.map(({ at }) => at)),
      schedules,
      malformed: pages.flatMap(({ malformed }) => malformed),
      tickerSeenAgoMs: least(pages.map(({ tickerSeenAgoMs }) => tickerSeenAgoMs)),
    }
  }

  async #pageFrom(first: number, query: SchedulesQuery): Promise<SchedulesPage> {
    const of = this.#drivers.length
    for (let index = first; ; index++) {
      const after = index === first ? query.after : undefined
      const page = await this.#pageOf(index, this.#drivers[index]!, { ...query, after })
      const last = page.schedules.at(-1)
      if (page.next !== undefined || index + 1 === of) return page
      if (last === undefined) continue
      const isMore = await this.#hasSome(index + 1)
      return isMore ? { ...page, next: { name: last.name, dueAt: last.dueAt } } : page
    }
  }

  async #pageOf(index: number, driver: ScheduleDriver, query: SchedulesQuery): Promise<SchedulesPage> {
    const page = await driver.page(query)
    return { ...page, schedules: page.schedules.map((each) => outer(each, index)) }
  }

  async #hasSome(from: number): Promise<boolean> {
    const pages = await Promise.all(this.#drivers.slice(from).map((driver) => driver.page({ limit: 1 })))
    return pages.some(({ schedules, malformed }) => schedules.length + malformed.length > 0)
  }

  async due(limit: number): Promise<DueSchedules> {
    checkDueLimit(limit)
    await this.#home.sure()
    const all = await Promise.all(this.#drivers.map((driver) => driver.due(limit)))
    const due = all.flatMap(({ schedules }) => schedules.map((each) => this.#outer(each, each.name))).sort(inOrder)
    const left = due.slice(limit).map(({ dueAt }) => dueAt)
    return {
      at: Math.max(...all.map(({ at }) => at)),
      schedules: due.slice(0, limit),
      malformed: all.flatMap(({ malformed }) => malformed),
      nextDueAt: least([...left, ...all.map(({ nextDueAt }) => nextDueAt)]),
    }
  }

  async set(schedule: NewSchedule): Promise<ScheduleSet> {
    await this.#home.sureToStore()
    const set = await this.#storing(this.#indexOf(schedule.name), (driver) => driver.set(schedule))
    if (set.state === 'set' || set.schedule === undefined) return set
    return { ...set, schedule: this.#outer(set.schedule, schedule.name) }
  }

  async remove(name: string): Promise<boolean> {
    await this.#home.sure()
    return this.#of(name).remove(name)
  }

  async tick(batch: TickBatch): Promise<readonly TickReceipt[]> {
    checkTicks(batch)
    await this.#home.sure()
    const portions = portionsOf(batch.ticks, (tick) => [this.#indexOf(tick.name), tick])
    return gathered(portions, async (index, ticks) => {
      const receipts = await this.#storing(index, (driver) => driver.tick({ ...batch, ticks }))
      return receipts.map((receipt) => {
        if (receipt.state !== 'done') return receipt
        return { ...receipt, tasks: receipt.tasks.map((n) => numberAt(index, n)) }
      })
    })
  }

  #storing<T>(index: number, call: (driver: ScheduleDriver) => Promise<T>): Promise<T> {
    return call(this.#drivers[index]!).finally(() => this.#home.stored(index))
  }

  #indexOf(name: string): number {
    return homeOf(String(name), this.#drivers.length)
  }

  #of(name: string): ScheduleDriver {
    return this.#drivers[this.#indexOf(name)]!
  }

  #outer(schedule: StoredSchedule, name: string): StoredSchedule {
    return outer(schedule, this.#indexOf(name))
  }
}

function outer(schedule: StoredSchedule, index: number): StoredSchedule {
  const { lastTask } = schedule
  return lastTask === undefined ? schedule : { ...schedule, lastTask: numberAt(index, lastTask) }
}

/** By when they are due, then by the bytes of their names. */
function inOrder(one: Pick<StoredSchedule, 'name' | 'dueAt'>, other: Pick<StoredSchedule, 'name' | 'dueAt'>): number {
  const [a, b] = [one.dueAt ?? NEVER, other.dueAt ?? NEVER]
  if (a !== b) return a < b ? -1 : 1
  return compareText(one.name, other.name)
}

const encoder = new TextEncoder()

function compareText(one: string, other: string): number {
  const [a, b] = [encoder.encode(one), encoder.encode(other)]
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at === -1 ? a.length - b.length : a[at]! - (b[at] ?? -1)
}
