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
import { newerOr } from './enqueueing.ts'
import type { Home } from './home.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import { gathered, portionsOf } from './spread-out.ts'

const NEVER = Number.POSITIVE_INFINITY

/**
 * The schedules of a queue, each in the partition of its name, as are the tasks that it adds. One that was set before
 * the queue was divided anew stays where it is, until it is removed.
 */
export class PartitionedSchedules implements ScheduleDriver {
  readonly #partitions: Partitions
  readonly #home: Pick<Home, 'sure' | 'sureToStore' | 'lookAgain' | 'stored'>

  constructor(partitions: Partitions, home: Pick<Home, 'sure' | 'sureToStore' | 'lookAgain' | 'stored'>) {
    this.#partitions = partitions
    this.#home = home
  }

  async read(name: string): Promise<ScheduleReading> {
    await this.#home.sure()
    const port = await this.#placeOf(name)
    const { schedule, ...reading } = await schedulesOf(port).read(name)
    return schedule === undefined ? reading : { ...reading, schedule: outer(schedule, port) }
  }

  /** By when they are due where all are on one page; else one partition after the other. */
  async page(query: SchedulesQuery): Promise<SchedulesPage> {
    checkSchedulesQuery(query)
    await this.#home.sure()
    const { after, limit } = query
    const ports = this.#partitions.all
    if (after !== undefined) return pageFrom(ports, ports.indexOf(await this.#placeOf(after.name)), query)
    const pages = await Promise.all(ports.map((port) => pageOf(port, query)))
    const schedules = pages.flatMap((page) => page.schedules).sort(inOrder)
    const isAll = schedules.length <= limit && pages.every(({ next }) => next === undefined)
    if (!isAll) return pageFrom(ports, 0, query)
    return {
      at: Math.max(...pages.map(({ at }) => at)),
      schedules,
      malformed: pages.flatMap(({ malformed }) => malformed),
      tickerSeenAgoMs: least(pages.map(({ tickerSeenAgoMs }) => tickerSeenAgoMs)),
    }
  }

  async due(limit: number): Promise<DueSchedules> {
    checkDueLimit(limit)
    await this.#home.sure()
    const all = await Promise.all(
      this.#partitions.all.map(async (port) => ({ port, ...(await schedulesOf(port).due(limit)) })),
    )
    const due = onePerName(
      all
        .sort((one, other) => one.port.made - other.port.made)
        .flatMap(({ port, schedules }) => schedules.map((each) => outer(each, port))),
    ).sort(inOrder)
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
    // Of one name there is one, also where others divided the queue meanwhile.
    await this.#home.lookAgain()
    for (;;) {
      // Nobody stores one where this looks for it and finds none.
      const [, ...former] = this.#partitions.homes(schedule.name)
      await Promise.all(former.map((each) => each.apply({ kind: 'retire' })))
      const port = await this.#placeOf(schedule.name)
      const set = await this.#storing(port, (driver) => driver.set(schedule))
      if (set.state === 'stale' || set.state === 'due') {
        return set.schedule === undefined ? set : { ...set, schedule: outer(set.schedule, port) }
      }
      if (set.state === 'set') return set
      // It was divided in between, or the one that was there was removed.
      await newerOr({ partitions: this.#partitions, lookAgain: this.#home.lookAgain }, port.made)
    }
  }

  async remove(name: string): Promise<boolean> {
    await this.#home.sure()
    await this.#home.lookAgain()
    const ends = await Promise.all(this.#partitions.homes(name).map((port) => schedulesOf(port).remove(name)))
    return ends.includes(true)
  }

  async tick(batch: TickBatch): Promise<readonly TickReceipt[]> {
    checkTicks(batch)
    await this.#home.sure()
    const places = await Promise.all(batch.ticks.map(({ name }) => this.#placeOf(name)))
    const portions = portionsOf(
      batch.ticks.map((tick, i) => ({ tick, port: places[i]! })),
      ({ tick, port }) => [port, tick],
    )
    return gathered(portions, async (port, ticks) => {
      const receipts = await this.#storing(port, (driver) => driver.tick({ ...batch, ticks }))
      return receipts.map((receipt) => {
        if (receipt.state !== 'done') return receipt
        return { ...receipt, tasks: receipt.tasks.map((n) => port.outer(n)) }
      })
    })
  }

  /** Where it is; its home where it is nowhere. */
  async #placeOf(name: string): Promise<PartitionPort> {
    const [home, ...former] = this.#partitions.homes(name)
    for (const port of former.reverse()) {
      const { schedule } = await schedulesOf(port).read(name)
      if (schedule !== undefined) return port
    }
    return home!
  }

  #storing<T>(port: PartitionPort, call: (driver: ScheduleDriver) => Promise<T>): Promise<T> {
    return call(schedulesOf(port)).finally(() => this.#home.stored(port.index))
  }
}

function schedulesOf({ driver }: PartitionPort): ScheduleDriver {
  return driver.schedules!
}

async function pageFrom(ports: readonly PartitionPort[], first: number, query: SchedulesQuery): Promise<SchedulesPage> {
  for (let at = first; ; at++) {
    const page = await pageOf(ports[at]!, { ...query, after: at === first ? query.after : undefined })
    const last = page.schedules.at(-1)
    if (page.next !== undefined || at + 1 === ports.length) return page
    if (last === undefined) continue
    const isMore = await hasSome(ports.slice(at + 1))
    return isMore ? { ...page, next: { name: last.name, dueAt: last.dueAt } } : page
  }
}

async function pageOf(port: PartitionPort, query: SchedulesQuery): Promise<SchedulesPage> {
  const page = await schedulesOf(port).page(query)
  return { ...page, schedules: page.schedules.map((each) => outer(each, port)) }
}

async function hasSome(ports: readonly PartitionPort[]): Promise<boolean> {
  const pages = await Promise.all(ports.map((port) => schedulesOf(port).page({ limit: 1 })))
  return pages.some(({ schedules, malformed }) => schedules.length + malformed.length > 0)
}

function outer(schedule: StoredSchedule, port: PartitionPort): StoredSchedule {
  const { lastTask } = schedule
  return lastTask === undefined ? schedule : { ...schedule, lastTask: port.outer(lastTask) }
}

/** Of those of one name the first, which ticks; another that a race left takes its place when it is removed. */
function onePerName(schedules: readonly StoredSchedule[]): StoredSchedule[] {
  const names = new Set<string>()
  return schedules.filter(({ name }) => !names.has(name) && names.add(name))
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
