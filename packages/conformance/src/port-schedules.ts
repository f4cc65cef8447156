import type { DueSchedules, ScheduleDriver, StoredSchedule, Tick, TickReceipt } from '@mq/core'
import assert from 'node:assert/strict'
import { lean } from './lean.ts'
import { PortQueue } from './port-queue.ts'
import type { Scene } from './scene.ts'
import type { OptionalPart } from './topic.ts'

export const SCHEDULES: OptionalPart = {
  name: 'schedules',
  of: async (scene) => (await scene.queue()).driver.schedules,
}

let lanes = 0

/** The schedules of a queue's port, with the words that cases use. */
export class PortSchedules {
  readonly queue: PortQueue
  readonly driver: ScheduleDriver
  readonly lane: string = `ticker-${++lanes}`
  readonly #scene: Scene
  #seq = 0

  constructor(queue: PortQueue, scene: Scene) {
    this.queue = queue
    this.driver = lean(queue.driver.schedules!)
    this.#scene = scene
  }

  /** Now, by the storage. */
  async at(): Promise<number> {
    return (await this.driver.read('no such')).at
  }

  async read(name: string): Promise<StoredSchedule | undefined> {
    return (await this.driver.read(name)).schedule
  }

  /** Sets one in place of the one that is there, which must succeed. */
  async set(name: string, dueAt?: number, body = 'body'): Promise<StoredSchedule> {
    const before = await this.read(name)
    const answer = await this.driver.set({ name, body, dueAt, before })
    assert.equal(answer.state, 'set')
    return (await this.read(name))!
  }

  /** One whose time has come. */
  async setDue(name: string, body?: string): Promise<StoredSchedule> {
    const schedule = await this.set(name, (await this.at()) + 10, body)
    await this.pass(10)
    return schedule
  }

  /** Lets so much time pass, by the storage. */
  async pass(ms: number): Promise<void> {
    const until = (await this.at()) + ms
    await this.#scene.eventually(async () => (await this.at()) >= until, 'some time')
  }

  ticks(ticks: readonly Tick[]): Promise<readonly TickReceipt[]> {
    return this.driver.tick({ lane: this.lane, seq: ++this.#seq, ticks })
  }

  /** Does one tick with these payloads. */
  async tick(schedule: StoredSchedule, payloads: readonly string[] = ['"tick"'], ms = 60_000): Promise<string> {
    const [receipt] = await this.ticks([tickOf(schedule, payloads, ms)])
    return receipt!.state
  }

  due(limit = 100): Promise<DueSchedules> {
    return this.driver.due(limit)
  }

  /** The names of those that are due. */
  async dueNames(limit?: number): Promise<string[]> {
    return (await this.due(limit)).schedules.map(({ name }) => name)
  }

  /** The payloads of all that waits. */
  async waiting(): Promise<string[]> {
    return (await this.queue.worker().claim(1_000)).map(({ payload }) => payload)
  }
}

/** The next tick is `ms` later; Infinity: there is none. */
export function tickOf(
  { name, revision, dueAt }: Pick<StoredSchedule, 'name' | 'revision' | 'dueAt'>,
  payloads: readonly string[],
  ms = 60_000,
): Tick {
  const nextDueAt = ms === Number.POSITIVE_INFINITY ? undefined : dueAt! + ms
  const tasks = payloads.map((payload) => ({ level: 4, delayMs: 0, header: '', payload }))
  return { name, revision, dueAt, nextDueAt, tasks }
}
