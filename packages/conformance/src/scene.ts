import { createBroker, silentLogger, systemClock } from '@mq/core'
import type {
  Adapter,
  Broker,
  BrokerOptions,
  ChannelDriver,
  ChannelReader,
  Clock,
  QueueDriverOptions,
  Storage,
} from '@mq/core'
import assert from 'node:assert/strict'
import { PortQueue } from './port-queue.ts'
import type { ConformanceOptions, Fixture, OtherProgram } from './runner.ts'

const STEP_MS = 5
const PATIENCE_MS = 8_000

/**
 * The environment of a case: one fresh storage, its participants and brokers, and time. Everything is closed after the
 * case.
 */
export class Scene {
  readonly #options: ConformanceOptions
  readonly #fixture: Fixture
  readonly #ends: (() => Promise<unknown>)[] = []
  readonly #errors: Error[] = []
  #first: Promise<Storage> | undefined

  static async create(options: ConformanceOptions): Promise<Scene> {
    return new Scene(options, await options.create())
  }

  private constructor(options: ConformanceOptions, fixture: Fixture) {
    this.#options = options
    this.#fixture = fixture
  }

  get options(): ConformanceOptions {
    return this.#options
  }

  get fixture(): Fixture {
    return this.#fixture
  }

  get otherProgram(): OtherProgram {
    const { otherProgram } = this.#fixture
    assert.ok(otherProgram, 'the fixture needs an otherProgram')
    return otherProgram
  }

  get clock(): Clock | undefined {
    return this.#fixture.clock
  }

  /** The errors that were reported to the participants' `onError`. */
  get errors(): readonly Error[] {
    return this.#errors
  }

  /** A further participant, as another process would be. */
  async open(fixture: Fixture = this.#fixture): Promise<Storage> {
    const storage = this.openUnready(fixture)
    await storage.ready()
    return storage
  }

  openUnready(fixture: Fixture = this.#fixture): Storage {
    const onError = (error: Error): void => void this.#errors.push(error)
    const storage = fixture.adapter.open({ clock: fixture.clock ?? systemClock, logger: silentLogger, onError })
    this.#ends.push(() => storage.close())
    return storage
  }

  /** A queue, as the case's first participant has it. */
  async queue(name = 'tasks', options?: QueueDriverOptions): Promise<PortQueue> {
    return new PortQueue((await this.#firstStorage()).queue(name, options))
  }

  /** A queue, as a further participant has it. */
  async queueElsewhere(name = 'tasks', options?: QueueDriverOptions): Promise<PortQueue> {
    return new PortQueue((await this.open()).queue(name, options))
  }

  /** The outcomes of a queue, as the case's first participant has them; undefined where there are none. */
  async outcomes(queue = 'tasks'): Promise<ChannelReader | undefined> {
    return (await this.#firstStorage()).outcomes?.(queue)
  }

  /** A channel, as the case's first participant has it. */
  async channel(name = 'news'): Promise<ChannelDriver> {
    return (await this.#firstStorage()).channel(name)
  }

  async channelElsewhere(name = 'news'): Promise<ChannelDriver> {
    return (await this.open()).channel(name)
  }

  /** A broker on the case's storage. */
  broker(options: BrokerOptions = {}, adapter: Adapter = this.#fixture.adapter): Broker {
    const { clock } = this.#fixture
    const onError = (error: Error): void => void this.#errors.push(error)
    const broker = createBroker(adapter, { clock, logger: silentLogger, onError, ...options })
    this.#ends.push(() => this.during(broker.close({ deadlineMs: 200 })))
    return broker
  }

  /**
   * One whose handlers take no time, however busy the machine is: its workers hold tasks ahead. Where time is virtual,
   * any does.
   */
  quickBroker(): Broker {
    return this.broker(this.clock === undefined ? { clock: { ...systemClock, now: () => 0 } } : {})
  }

  /** A second, empty storage. */
  async another(): Promise<Fixture> {
    const fixture = await this.#options.create()
    this.#ends.unshift(() => fixture.dispose())
    return fixture
  }

  pass(ms: number): Promise<void> {
    return this.#fixture.time.pass(ms)
  }

  /** Lets time pass until `condition` holds. */
  async eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let passed = 0; !(await condition()); passed += STEP_MS) {
      if (passed > PATIENCE_MS) assert.fail(`within ${PATIENCE_MS} ms there should have been ${what}`)
      await this.pass(STEP_MS)
    }
  }

  /** Lets time pass until `promise` is settled. */
  async during<T>(promise: PromiseLike<T>): Promise<T> {
    let settled = false
    const note = (): void => void (settled = true)
    promise.then(note, note)
    await this.eventually(() => settled, 'an end of what the case waits for')
    return promise
  }

  async end(): Promise<void> {
    const failures: unknown[] = []
    for (const end of [...this.#ends.reverse(), () => this.#fixture.dispose()]) {
      await end().catch((thrown: unknown) => failures.push(thrown))
    }
    if (failures.length > 0) throw failures[0]
  }

  #firstStorage(): Promise<Storage> {
    this.#first ??= this.open()
    return this.#first
  }
}
