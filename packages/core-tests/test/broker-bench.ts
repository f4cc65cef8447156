import { createBroker, MqError, silentLogger } from '@mq/core'
import type { Adapter, Broker, BrokerOptions, ChannelDriver, Clock, QueueAdmin, QueueDriver, Timer } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'

type Driver = QueueDriver & QueueAdmin
/** What a driver does otherwise; `undefined`, where it may be absent. */
type Changes<Port> = { readonly [Verb in keyof Port]?: Port[Verb] | undefined }

export interface BrokerBench {
  readonly clock: VirtualClock
  readonly adapter: Adapter
  readonly broker: Broker
  /** What was told to `onError`. */
  readonly errors: Error[]
  /** Timers of the broker that are set now. */
  readonly timers: Set<Timer>
  /** Resolves after `ms` of virtual time. */
  readonly pause: (ms: number) => Promise<void>
}

/** A broker in virtual time on a memory adapter of its own, or on one behind a wrapper. */
export function brokerBench(
  wrap: (inner: Adapter, clock: VirtualClock) => Adapter = (inner) => inner,
  options: Partial<BrokerOptions> = {},
): BrokerBench {
  const virtual = createVirtualClock()
  const timers = new Set<Timer>()
  const errors: Error[] = []
  const clock: Clock = {
    now: virtual.now,
    schedule(callback, delayMs) {
      const timer = virtual.schedule(() => {
        timers.delete(handle)
        callback()
      }, delayMs)
      const handle: Timer = {
        cancel() {
          timers.delete(handle)
          timer.cancel()
        },
      }
      timers.add(handle)
      return handle
    },
  }
  const inner = memoryAdapter()
  const adapter = wrap(inner, virtual)
  const onError = (error: Error): void => void errors.push(error)
  return {
    clock: virtual,
    adapter: inner,
    broker: createBroker(adapter, { clock, logger: silentLogger, onError, ...options }),
    errors,
    timers,
    pause: (ms) => new Promise((resolve) => void virtual.schedule(resolve, ms)),
  }
}

/** An adapter whose queues answer some calls otherwise. */
export function withQueue(inner: Adapter, change: (driver: Driver) => Changes<Driver>): Adapter {
  return {
    ...inner,
    open(environment) {
      const storage = inner.open(environment)
      return {
        ready: (signal) => storage.ready(signal),
        channel: (name) => storage.channel(name),
        pattern: (pattern) => storage.pattern(pattern),
        registry: storage.registry,
        close: () => storage.close(),
        queue(name) {
          const driver = storage.queue(name)
          return changed(driver, change(driver))
        },
      }
    },
  }
}

/** An adapter that wakes workers by hints alone. */
export function withoutGrants(inner: Adapter): Adapter {
  return withQueue(inner, (driver) => ({
    settleAndClaim: (turn) => driver.settleAndClaim({ ...turn, takesGrant: undefined }),
  }))
}

/** An adapter whose channels answer some calls otherwise. */
export function withChannel(inner: Adapter, own: Changes<ChannelDriver>): Adapter {
  return {
    ...inner,
    open(environment) {
      const storage = inner.open(environment)
      return {
        ready: (signal) => storage.ready(signal),
        queue: (name) => storage.queue(name),
        close: () => storage.close(),
        channel: (name) => changed(storage.channel(name), own),
        pattern: (pattern) => storage.pattern(pattern),
        registry: storage.registry,
      }
    },
  }
}

function changed<Port extends object>(driver: Port, own: Changes<Port>): Port {
  return new Proxy(driver, {
    get(target, key) {
      const owner = key in own ? own : target
      const member: unknown = Reflect.get(owner, key)
      return typeof member === 'function' ? member.bind(owner) : member
    },
  })
}

/** The storage is away; `sent` says whether the call left. */
export function away(sent: boolean): MqError {
  return new MqError('unavailable', 'the storage is away', { details: { sent } })
}

/** What has become of a promise by now: its value, what it was rejected with, or `pending`. */
export async function fate(promise: Promise<unknown>): Promise<unknown> {
  const settled = promise.then(
    (value) => ({ value }),
    (thrown: unknown) => ({ error: MqError.is(thrown) ? thrown.code : String(thrown) }),
  )
  for (let turn = 0; turn < 32; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
  return Promise.race([settled, Promise.resolve('pending')])
}
