import type { Broker, BrokerOptions } from './broker.ts'
import { limited } from './waiting/limit.ts'
import { createChannel } from './channel/create-channel.ts'
import { ChannelDrivers } from './channel/partitions/channel-drivers.ts'
import { rawDriver } from './channel/raw-driver.ts'
import type { OpenSource } from './channel/create-source.ts'
import type { OpenChannel } from './channel/create-channel.ts'
import { createPattern } from './channel/create-pattern.ts'
import type { OpenPattern } from './channel/create-pattern.ts'
import { checkAdapter } from './define/check-adapter.ts'
import { checkInteger, checkOptions, checkSignal } from './define/check.ts'
import { checkName as checkCallName } from './define/check-call.ts'
import { definedChannel, definedPattern, definedQueue, undefinedPattern } from './define/as-defined.ts'
import { defineChannel } from './define/define-channel.ts'
import type { ChannelDefinition } from './define/define-channel.ts'
import type { PatternDefinition } from './define/define-pattern.ts'
import { MAX_DELAY_MS } from './ports/limits.ts'
import { defineQueue } from './define/define-queue.ts'
import type { QueueDefinition } from './define/define-queue.ts'
import type { Worker } from './engine/worker.ts'
import type { HandleEvents } from './engine/worker-parts.ts'
import { MqError } from './errors.ts'
import { FlowStore } from './flows/flow-store.ts'
import { Handles } from './handles.ts'
import type { Adapter } from './ports/adapter.ts'
import type { RegisteredKind } from './ports/registry.ts'
import { checkOutcomes, createOutcomes } from './queue/create-outcomes.ts'
import { createQueue } from './queue/create-queue.ts'
import { taskOf } from './queue/task-of.ts'
import type { TaskOutcome } from './queue/outcomes.ts'
import { plainOf } from './queue/hand-over.ts'
import { sharingOf } from './queue/queue-sharing.ts'
import type { OpenQueue } from './queue/create-queue.ts'
import { repeatUntilKnown } from './storage-calls/repeat.ts'
import { servicesOf } from './services-of.ts'
import { Listing } from './registry/listing.ts'
import { remoteWorker } from './registry/remote-worker.ts'
import type { WorkerEntry } from './registry/worker-entry.ts'
import { Noter } from './registry/noter.ts'
import { QueueDrivers } from './partitions/queue-drivers.ts'

const OPTIONS: readonly (keyof BrokerOptions)[] = [
  'logger',
  'onError',
  'clock',
  'middleware',
  'headers',
  'operationTimeoutMs',
]

/** Opens `adapter`. Returns at once, whether its storage is available or not; see `broker.ready()`. */
export function createBroker(adapter: Adapter, options: BrokerOptions = {}): Broker {
  checkAdapter(adapter)
  options = checkOptions('createBroker', options, OPTIONS)
  const ended = new AbortController()
  const services = servicesOf(options, ended.signal)
  const { clock, logger, onError } = services
  const storage = adapter.open({ clock, logger, onError })
  const noter = new Noter(storage.registry, services, () => storage.trouble?.() !== undefined)
  const listing = new Listing(storage.registry, services, noter)
  const workers = new Set<Worker>()
  let closing: Promise<void> | undefined

  const assertOpen = (): void => {
    if (closing) throw new MqError('closed', 'this broker is closed')
  }
  /** What the parts of a handle say of it. */
  const eventsOf = (kind: RegisteredKind): HandleEvents => ({
    onUsed: (name) => noter.use(kind, name),
    onObliterated: (name) => noter.obliterated(kind, name),
    onWorker(worker, name) {
      workers.add(worker)
      const leave = noter.join(worker, kind, name)
      return () => {
        workers.delete(worker)
        leave()
      }
    },
  })

  const queueEvents = eventsOf('queue')
  const channelEvents = eventsOf('channel')

  const { capabilities } = adapter
  const drivers = new QueueDrivers(storage, services)
  const channelDrivers = new ChannelDrivers(storage, services)
  /** Definitions that stand for a name: nobody said how many partitions those queues and channels have. */
  const names = new WeakSet<object>()
  const flows: FlowStore = new FlowStore({
    services,
    driverOf: (name) => drivers.named(name),
    onUsed: (name) => queueEvents.onUsed(name),
    definitionOf: (handle) => queues.definitionOf(handle as OpenQueue<any, any, any, any>),
    prepare: taskOf,
  })
  const reported = (): Promise<readonly WorkerEntry[]> => listing.workers()
  const source = (definition: QueueDefinition<any, any, any, any>): OpenSource<TaskOutcome<any>> => {
    const { onWorker } = queueEvents
    const isKept = async (): Promise<boolean> => (await drivers.named(definition.name).stats()).outcomes === true
    const parts = { definition, services, assertOpen, storage, isKept, capabilities, workers: reported, onWorker }
    return createOutcomes(parts)
  }
  const queues = new Handles<QueueDefinition<any, any, any, any>, OpenQueue<any, any, any, any>>({
    what: 'queue',
    nameOf: ({ name }) => name,
    undefinedOf(name) {
      const definition = defineQueue({ name: checkCallName('queue', name) })
      names.add(definition)
      return definition
    },
    check: definedQueue,
    open(definition) {
      const { name, outcomes, limits, capacity, inbox, outbox } = definition
      if (outcomes) checkOutcomes(name, storage)
      const plain = inbox || outbox ? plainOf(storage, `queue ${name}`) : undefined
      const driver = names.has(definition) ? drivers.named(name) : drivers.of(definition)
      if (limits || capacity?.perKey !== undefined) sharingOf(name, driver)
      return createQueue({ definition, driver, plain, services, flows, assertOpen, events: queueEvents, source })
    },
  })
  const channels = new Handles<ChannelDefinition<any, any>, OpenChannel<any, any>>({
    what: 'channel',
    nameOf: ({ name }) => name,
    undefinedOf(name) {
      const definition = defineChannel({ name: checkCallName('channel', name) })
      names.add(definition)
      return definition
    },
    check: definedChannel,
    open(definition) {
      const { name, sharded, raw } = definition
      if (sharded && !capabilities.sharded) {
        throw new MqError('unsupported', `this adapter has no sharded channels (channel ${name})`)
      }
      const driver = raw
        ? rawDriver(plainOf(storage, `channel ${name}`).topic(raw.topic))
        : names.has(definition)
          ? channelDrivers.named(name)
          : channelDrivers.of(definition)
      const parts = { definition, driver, capabilities, services, assertOpen, events: channelEvents }
      return createChannel({ ...parts, workers: reported })
    },
  })
  const patterns = new Handles<PatternDefinition<any>, OpenPattern<any>>({
    what: 'pattern',
    nameOf: ({ pattern }) => pattern,
    undefinedOf: undefinedPattern,
    check: definedPattern,
    open(definition) {
      const { pattern } = definition
      if (!capabilities.patterns) {
        throw new MqError('unsupported', `this adapter has no patterns (pattern ${pattern})`)
      }
      return createPattern(definition, storage.pattern(pattern), services)
    },
  })

  /** Each step is taken even when the one before failed; the first failure is thrown at the end. */
  const close = async (deadlineMs: number): Promise<void> => {
    const closed = new MqError('closed', 'this broker is closed')
    const endAt = clock.now() + deadlineMs
    const handles = [...queues.all(), ...channels.all(), ...patterns.all()]
    const ends = [
      ...(await Promise.allSettled([...workers].map((worker) => worker.close({ deadlineMs })))),
      ...(await Promise.allSettled(handles.map((open) => open.end(closed, endAt)))),
      ...(await Promise.allSettled([
        flows.close(endAt),
        noter.close(endAt),
        drivers.close(endAt),
        channelDrivers.close(endAt),
      ])),
    ]
    ended.abort()
    ends.push(...(await Promise.allSettled([storage.close()])))
    const failure = ends.find((end) => end.status === 'rejected')
    if (failure) throw failure.reason
  }

  return {
    capabilities,

    async ready(options = {}) {
      assertOpen()
      options = checkOptions('ready', options, ['signal', 'timeoutMs'])
      const { signal, timeoutMs } = options
      checkSignal('signal', signal)?.throwIfAborted()
      if (timeoutMs !== undefined) checkInteger('timeoutMs', timeoutMs, 0, MAX_DELAY_MS)
      const enough = new AbortController()
      const onTimeout = (): Error => {
        const cause = storage.trouble?.()
        const why = cause === undefined ? '' : `: ${cause.message}`
        return new MqError('wait-timeout', `the storage was not ready within ${timeoutMs} ms${why}`, { cause })
      }
      await limited(storage.ready(enough.signal), { clock, signal, timeoutMs, onTimeout }, () => enough.abort())
    },

    queue(which: string | QueueDefinition<any, any, any, any>): OpenQueue<any, any, any, any> {
      assertOpen()
      return queues.of(which)
    },

    channel(which: string | ChannelDefinition<any, any>): OpenChannel<any, any> {
      assertOpen()
      return channels.of(which)
    },

    pattern(which: string | PatternDefinition<any>): OpenPattern<any> {
      assertOpen()
      return patterns.of(which)
    },

    async queues(page = {}) {
      assertOpen()
      return listing.names('queue', page)
    },

    async channels(page = {}) {
      assertOpen()
      return listing.names('channel', page)
    },

    async workers() {
      assertOpen()
      return listing.workers()
    },

    worker(id) {
      assertOpen()
      return remoteWorker(id, async (order) => {
        assertOpen()
        return listing.order(id, order)
      })
    },

    async storage() {
      assertOpen()
      if (storage.report === undefined) {
        throw new MqError('unsupported', `the adapter ${adapter.name} reports nothing of its storage`)
      }
      return repeatUntilKnown(services, () => storage.report!(), { timeoutMs: services.operationTimeoutMs })
    },

    close(options = {}) {
      options = checkOptions('close', options, ['deadlineMs'])
      closing ??= close(checkInteger('deadlineMs', options.deadlineMs ?? 10_000, 0, MAX_DELAY_MS))
      return closing
    },

    async [Symbol.asyncDispose]() {
      await this.close()
    },
  }
}
