import { checkAfter } from '../flows/after.ts'
import type { Wanted } from '../flows/after.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import { addAfter, linkOrLeave } from './add-after.ts'
import { withFamilies } from '../flows/look-parents.ts'
import type { OpenSource } from '../channel/create-source.ts'
import { closeWhenOpen } from '../storage-calls/close-when-open.ts'
import { limited } from '../waiting/limit.ts'
import type { Services } from '../services/services.ts'
import { checkBatchBytes } from '../wire/codec.ts'
import { checkList, checkOptions, checkSignal } from '../define/check-call.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import type { HandleEvents } from '../engine/worker-parts.ts'
import { MqError } from '../errors.ts'
import { reportUnlessClosed } from '../services/report-unless-closed.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { NewTask, QueueDriver, Receipt } from '../ports/queue-driver.ts'
import { LazyDeadLetters } from './lazy-dead-letters.ts'
import { enqueueEventOf } from '../services/enqueue-event.ts'
import type { PlainStorage } from '../ports/plain.ts'
import type { TaskStore } from '../storage-calls/enqueuer.ts'
import { dividerOf } from '../partitions/divider-of.ts'
import { makeEnqueuer } from '../partitions/make-enqueuer.ts'
import { taskEvents } from '../services/task-events.ts'
import { refOf } from '../wire/header.ts'
import { OutcomeWatcher } from './outcome-watcher.ts'
import { checkEnqueueOptions, checkEntryOptions, NO_OPTIONS } from './prepare-task.ts'
import { createQueueControl } from './queue-control.ts'
import type { QueueControl } from './queue-control.ts'
import { taskOf } from './task-of.ts'
import { prepareEntries } from '../wire/prepare-entries.ts'
import { LazyLimits } from './lazy-limits.ts'
import { LazyOutcomes } from './lazy-outcomes.ts'
import type { TaskOutcome } from './outcomes.ts'
import type { Queue } from './queue.ts'
import { refusedBy, unlessFull } from './refused-by.ts'
import { checkKeyRoom, lineOf } from './room-of-keys.ts'
import { Rooms } from './rooms.ts'
import type { Attempt } from './rooms.ts'
import { LazySchedules } from '../schedules/lazy-schedules.ts'
import { startBatchWorker, startHandOver, startWorker } from './start-worker.ts'
import { TaskHandle } from './task-handle.ts'
import type { TaskParts } from './task-handle.ts'

export interface QueueParts<In, Out, ResultIn, ResultOut> {
  readonly definition: QueueDefinition<In, Out, ResultIn, ResultOut>
  readonly driver: QueueDriver & QueueAdmin
  /** Where the definition has an inbox or an outbox. */
  readonly plain: PlainStorage | undefined
  readonly services: Services
  readonly flows: FlowStore
  /** Throws when the broker is closing: a worker that starts now would not be closed. */
  readonly assertOpen: () => void
  readonly events: HandleEvents
  /** Of the outcomes of a queue; throws `unsupported` where the adapter has none. */
  readonly source: (definition: QueueDefinition<In, Out, ResultIn, ResultOut>) => OpenSource<TaskOutcome<ResultOut>>
}

/** A queue's handle, with the function that ends everything that waits on it. */
export interface OpenQueue<In, Out, ResultIn, ResultOut> extends Queue<In, Out, ResultIn, ResultOut> {
  /** `endAt`: by the broker's clock; a last call to the storage does not outlive it by much. */
  end(error: Error, endAt: number): Promise<void>
}

const isFull = (receipt: Receipt): boolean => receipt.state === 'full'
const isConflict = (receipt: Receipt): boolean => receipt.state === 'conflict'

export function createQueue<In, Out, ResultIn, ResultOut>(
  parts: QueueParts<In, Out, ResultIn, ResultOut>,
): OpenQueue<In, Out, ResultIn, ResultOut> {
  type Handle = TaskHandle<ResultOut, In>
  const { definition, driver, services, events } = parts
  const { name, capacity, outcomes } = definition
  const awaitRoom = capacity?.whenFull === 'wait'
  // Each part is made by the first call that needs it, since a process may have a handle for each of many thousand
  // tenants.
  let madeEnqueuer: TaskStore<Handle> | undefined
  const enqueuer = (): TaskStore<Handle> =>
    (madeEnqueuer ??= makeEnqueuer(
      name,
      driver,
      services,
      {
        capacity: capacity?.size,
        keyCapacity: capacity?.perKey,
        awaitRoom,
        displace: capacity?.whenFull === 'displace',
        outcomes,
      },
      { answer: handleOf, onSend: events.onUsed },
    ))
  let madeRooms: Rooms | undefined
  let madeControl: QueueControl | undefined
  const control = (): QueueControl =>
    (madeControl ??= createQueueControl({
      name,
      admin: driver,
      services,
      assertOpen,
      divide: dividerOf(driver),
      onObliterated() {
        madeEnqueuer?.obliterated()
        parts.flows.obliterated(name)
        book.obliterated()
        return events.onObliterated(name)
      },
    }))
  const ends = new LazyOutcomes(parts)
  let watcher: OutcomeWatcher | undefined
  let listening: Promise<Subscription | void> | undefined
  let subscription: Subscription | undefined
  let ended: Error | undefined

  const assertOpen = (): void => {
    if (ended) throw ended
  }

  const book = new LazySchedules<In>(parts, assertOpen)

  /** The subscription to hints is made by the first call that can use one. */
  const listen = (): void => {
    assertOpen()
    listening ??= driver
      .listen((hint) => {
        watcher?.hear(hint)
        if (hint.kind === 'room' || hint.kind === 'reconnected') madeRooms?.hear()
      })
      .then((open) => (subscription = open))
      .catch((thrown: unknown) => reportUnlessClosed(thrown, services))
  }

  let madeParts: TaskParts<ResultOut, In> | undefined
  const taskParts = (): TaskParts<ResultOut, In> =>
    (madeParts ??= {
      definition,
      admin: driver,
      services,
      flows: parts.flows,
      watcher() {
        listen()
        return (watcher ??= new OutcomeWatcher(driver, services, () => subscription?.live === true))
      },
    })

  const handleOf = (task: NewTask, receipt: Receipt): Handle => {
    if (!('n' in receipt) || receipt.state === 'conflict') throw refusedBy(receipt, task, definition)
    const id = task.id ?? `n${receipt.n}`
    const existing = receipt.state === 'existing'
    if (taskEvents.enqueue.hasSubscribers) taskEvents.enqueue.publish(enqueueEventOf(name, id, existing, task.header))
    return new TaskHandle(taskParts(), id, { n: receipt.n }, existing)
  }

  const whenThereIsRoom = <T>(attempt: Omit<Attempt<T>, 'onWait'>): Promise<T> => {
    listen()
    const onWait = (): (() => void) => {
      assertOpen()
      return services.selfWaits.begin(name, () => driver.stats())
    }
    return (madeRooms ??= new Rooms(services)).whenThereIsRoom({ ...attempt, onWait })
  }

  const add = (task: NewTask, signal: AbortSignal | undefined): Promise<Handle> => {
    const added = awaitRoom
      ? whenThereIsRoom<Handle | undefined>({
          line: lineOf(capacity, [task]),
          try: () => enqueuer().add(task, task.payload.length).catch(unlessFull),
          isFull: (handle) => handle === undefined,
          signal,
        }).then((handle) => handle!)
      : enqueuer().add(task, task.payload.length)
    return signal === undefined ? added : limited(added, { clock: services.clock, signal })
  }

  return {
    name,
    definition,

    // Not async: what that makes for each task takes longer than the checks.
    enqueue(payload, options = NO_OPTIONS) {
      try {
        assertOpen()
        const given = options === NO_OPTIONS ? options : checkEnqueueOptions(payload, options)
        const { signal } = given
        if (signal !== undefined) checkSignal('signal', signal)?.throwIfAborted()
        const task = taskOf(parts, payload, given)
        const want = given === NO_OPTIONS ? undefined : checkAfter(given)
        if (want !== undefined) return addAfter(parts, task, want, (blocked) => add(blocked, signal))
        return task instanceof Promise ? task.then((prepared) => add(prepared, signal)) : add(task, signal)
      } catch (error) {
        return Promise.reject(error)
      }
    },

    async enqueueAll(entries, options = NO_OPTIONS) {
      assertOpen()
      options = checkOptions('enqueueAll', options, ['signal'])
      const list = checkList('entries of enqueueAll', entries)
      const { signal } = options
      checkSignal('signal', signal)?.throwIfAborted()
      if (list.length === 0) return []
      const most = Math.min(MAX_BATCH, Math.floor((capacity?.size ?? Number.POSITIVE_INFINITY) / definition.partitions))
      if (list.length > most) {
        throw new MqError('batch-too-large', `queue ${name} takes at most ${most} tasks at once, not ${list.length}`)
      }
      const wants: (Wanted | undefined)[] = []
      const prepared = await prepareEntries(list, 'payload', (payload: In, options) => {
        const given = checkEntryOptions(payload, options)
        wants.push(given === NO_OPTIONS ? undefined : checkAfter(given))
        return taskOf(parts, payload, given)
      })
      const tasks = wants.some((want) => want !== undefined)
        ? await withFamilies(parts.flows, name, prepared, wants)
        : prepared
      checkBatchBytes(tasks.map(({ payload, header }) => payload + header))
      checkKeyRoom(definition, tasks)
      const addAll = (): Promise<readonly Receipt[]> => enqueuer().addAll(tasks)
      const receipts = awaitRoom
        ? whenThereIsRoom({
            line: lineOf(capacity, tasks),
            try: addAll,
            isFull: (all) => all.some(isFull) && !all.some(isConflict),
            signal,
          })
        : addAll()
      const all = await (signal === undefined ? receipts : limited(receipts, { clock: services.clock, signal }))
      const conflict = all.findIndex(isConflict)
      if (conflict !== -1) handleOf(tasks[conflict]!, all[conflict]!)
      const handles = tasks.map((task, i) => handleOf(task, all[i]!))
      if (tasks !== prepared) await linkOrLeave(parts, handles, tasks)
      return handles
    },

    task(id) {
      return new TaskHandle(taskParts(), id, refOf(id), false)
    },

    process: (handler, options = {}) => startWorker(checked(assertOpen, parts), handler, options),
    processBatch: (handler, options = {}) => startBatchWorker(checked(assertOpen, parts), handler, options),
    handOver: (options = {}) => startHandOver(checked(assertOpen, parts), options),

    // The verbs of operators, of which most handles need none: what they need is made by the first call. One by one,
    // because an object that spreads another takes a third more.
    stats: () => control().stats(),
    history: (options) => control().history(options),
    keys: (options) => control().keys(options),
    tasks: (options) => control().tasks(options),
    pause: () => control().pause(),
    resume: () => control().resume(),
    drain: (options) => control().drain(options),
    purge: (options) => control().purge(options),
    obliterate: (options) => control().obliterate(options),
    repartition: (partitions, options) => control().repartition(partitions, options),
    explain: (id) => control().explain(id),
    limits: new LazyLimits(control),
    outcomes: ends,
    schedules: book,
    dead: new LazyDeadLetters(parts, assertOpen),

    async end(error, endAt) {
      if (ended) return
      ended = error
      watcher?.close(error)
      madeRooms?.close(error)
      await Promise.all([
        madeEnqueuer?.close(endAt),
        book.end(endAt),
        closeWhenOpen(listening, services),
        ends.end(error, endAt),
      ])
    },
  }
}

/** Not one of the handle's own functions, of which each would make it larger. */
function checked<Parts>(assertOpen: () => void, parts: Parts): Parts {
  assertOpen()
  return parts
}
