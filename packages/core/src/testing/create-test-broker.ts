import type { Broker, BrokerOptions } from '../broker.ts'
import { pause } from '../waiting/pause.ts'
import { systemClock } from '../clock.ts'
import { createBroker } from '../create-broker.ts'
import { checkInteger, checkOptions } from '../define/check.ts'
import { MAX_DELAY_MS } from '../ports/limits.ts'
import type { ChannelDefinition } from '../define/define-channel.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { silentLogger } from '../logger.ts'
import type { Adapter } from '../ports/adapter.ts'
import { drainQueues } from './drain.ts'
import { Recorder } from './recorder.ts'
import type { EnqueuedTask, PublishedMessage } from './recorder.ts'
import { createVirtualClock } from './virtual-clock.ts'
import type { VirtualClock } from './virtual-clock.ts'

/**
 * A broker for tests of your own code: its time is a virtual clock, and it reports what was enqueued and what failed.
 */
export interface TestBroker extends Broker {
  readonly clock: VirtualClock
  /** What was reported to `onError`: a handler's throw, for example. */
  readonly errors: readonly Error[]
  /**
   * Runs the workers until no task waits, runs or is delayed, including all retries, delays, and tasks that handlers
   * enqueue. The clock advances by itself; when nothing is due for a minute or more, it jumps. Ticks of schedules are
   * not awaited: there is always a next one. Throws an Error that says what is left, of which queue, in which state,
   * and when the next is due, when nothing happens any more (a queue without a worker), or after `timeoutMs` of real
   * time, by default 4,000 (a handler that awaits something real, and is not done by then).
   */
  drain(options?: { readonly timeoutMs?: number | undefined }): Promise<void>
  /** What this broker enqueued, in order, without tasks that already existed. */
  enqueued<In>(queue: QueueDefinition<In, any, any, any>): readonly EnqueuedTask<In>[]
  enqueued(queue: string): readonly EnqueuedTask[]
  /** What this broker published to a channel, in order. */
  published<In>(channel: ChannelDefinition<In, any>): readonly PublishedMessage<In>[]
  published(channel: string): readonly PublishedMessage[]
}

export interface TestBrokerOptions extends Omit<BrokerOptions, 'clock'> {
  /** Default: a clock that begins at 0. Brokers that share an adapter share their clock, too. */
  readonly clock?: VirtualClock | undefined
}

/** Real time for handlers that end by themselves, until the clock brings the deadline of `close`. */
const GRACE_MS = 50

/**
 * Opens `adapter` on a virtual clock: `createTestBroker(memoryAdapter())`. Silent unless you give it a `logger`.
 * Throws a TypeError for a storage that has a time of its own, as a server has.
 */
export function createTestBroker(adapter: Adapter, options: TestBrokerOptions = {}): TestBroker {
  options = checkOptions('createTestBroker', options, OPTIONS)
  if (adapter.capabilities.crossProcess) {
    throw new TypeError(
      `createTestBroker needs a storage whose time is the clock's: memoryAdapter(), not ${adapter.name}`,
    )
  }
  const { clock = createVirtualClock(), onError } = options
  const errors: Error[] = []
  const recorder = new Recorder(clock)
  const broker = createBroker(recorder.watch(adapter), {
    logger: silentLogger,
    ...options,
    clock,
    middleware: [recorder.middleware, ...(options.middleware ?? [])],
    onError(error) {
      errors.push(error)
      return onError?.(error)
    },
  })

  /** Deadlines are measured by the clock, so it has to advance. */
  const close = async (closing: Promise<void>): Promise<void> => {
    let closed = false
    const end = (): void => void (closed = true)
    closing.then(end, end)
    const graceUntil = systemClock.now() + GRACE_MS
    await clock.advance(0)
    while (!closed) {
      if (systemClock.now() < graceUntil || clock.nextInMs === undefined) await pause(systemClock, 1)
      else await clock.advance(clock.nextInMs)
    }
    return closing
  }

  return {
    ...broker,
    clock,
    errors,
    async drain(options = {}) {
      const { timeoutMs = 4_000 } = checkOptions('drain', options, ['timeoutMs'])
      await drainQueues(recorder, clock, checkInteger('timeoutMs', timeoutMs, 1, MAX_DELAY_MS))
    },
    enqueued(queue: string | QueueDefinition<any, any, any, any>): readonly EnqueuedTask<any>[] {
      const name = typeof queue === 'string' ? queue : queue.name
      return [...(recorder.enqueued.get(name) ?? [])]
    },
    published(channel: string | ChannelDefinition<any, any>): readonly PublishedMessage<any>[] {
      return [...(recorder.published.get(typeof channel === 'string' ? channel : channel.name) ?? [])]
    },
    close: (deadline) => close(broker.close(deadline)),
    async [Symbol.asyncDispose]() {
      await this.close()
    },
  }
}

const OPTIONS: readonly (keyof TestBrokerOptions)[] = [
  'logger',
  'onError',
  'clock',
  'middleware',
  'headers',
  'operationTimeoutMs',
]
