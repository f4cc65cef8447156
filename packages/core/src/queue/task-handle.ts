import { limited } from '../waiting/limit.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { cancelDescendants } from '../flows/cancel-tree.ts'
import type { FlowStore } from '../flows/flow-store.ts'
import { graphOf } from '../flows/graph.ts'
import type { FlowGraph, GraphOptions } from '../flows/flow-graph.ts'
import type { Services } from '../services/services.ts'
import { decode } from '../wire/codec.ts'
import { checkBoolean, checkInteger, checkOptions, checkSignal, checkText } from '../define/check-call.ts'
import { MAX_DELAY_MS, MAX_LEVEL, MAX_REASON } from '../ports/limits.ts'
import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { QueueAdmin, TaskChange, TaskFacts, TaskReading, TaskRef } from '../ports/queue-admin.ts'
import { logsOf } from './task-logs.ts'
import type { TaskLogs } from './task-logs.ts'
import { recordOf } from './task-record.ts'
import type { TaskRecord } from './task-record.ts'
import type { OutcomeWatcher } from './outcome-watcher.ts'
import { cancelTask } from '../storage-calls/cancel-task.ts'
import { preparePayload } from './prepare-task.ts'
import { progressOf } from './progress.ts'
import { readOutcome } from '../wire/read-outcome.ts'
import type { Changed, Outcome, Task, TaskStatus, TreeCancelled, WaitOptions } from './task.ts'

/** What all handles of a queue share. */
export interface TaskParts<Result, In> {
  readonly definition: QueueDefinition<In, any, any, Result>
  readonly admin: QueueAdmin
  readonly watcher: () => OutcomeWatcher
  readonly services: Services
  readonly flows: FlowStore
}

const CANCELLED = 'cancelled'

/** A class, not a closure: one is made for every task that is enqueued. */
export class TaskHandle<Result, In> implements Task<Result, In> {
  readonly id: string
  readonly existing: boolean
  /** By which storages know it. */
  readonly ref: TaskRef
  readonly #parts: TaskParts<Result, In>

  constructor(parts: TaskParts<Result, In>, id: string, ref: TaskRef, existing: boolean) {
    this.#parts = parts
    this.id = id
    this.existing = existing
    this.ref = ref
  }

  get queue(): string {
    return this.#parts.definition.name
  }

  async outcome(options: WaitOptions = {}): Promise<Outcome<Result>> {
    try {
      return await this.#outcomeOf(await this.#ending(options))
    } catch (error) {
      if (MqError.is(error, 'wait-timeout')) return { state: 'pending' }
      throw error
    }
  }

  async result(options: WaitOptions = {}): Promise<Result> {
    const outcome = await this.#outcomeOf(await this.#ending(options))
    if (outcome.state === 'completed') return outcome.result
    throw this.#noResult(outcome)
  }

  async status(): Promise<TaskStatus> {
    const reading = await this.#read()
    if (reading.state === 'ended') return { state: reading.outcome.state }
    if (reading.state === 'delayed' && reading.blocked) return { state: 'delayed', blocked: true }
    if (reading.state === 'delayed') return { state: 'delayed', dueInMs: reading.dueInMs }
    if (reading.state === 'unknown' || reading.progress === undefined) return { state: reading.state }
    return { state: reading.state, progress: decode(reading.progress, 'invalid-payload', 'the progress') }
  }

  async read(): Promise<TaskRecord | undefined> {
    return recordOf(this.id, await this.#inspect(), this.#parts.definition.attempts)
  }

  async logs(): Promise<TaskLogs | undefined> {
    const log = (await this.#inspect()).content?.log
    return log === undefined ? undefined : logsOf(log)
  }

  async cancel(
    options: { readonly reason?: string | undefined; readonly tree?: boolean | undefined } = {},
  ): Promise<'cancelled' | 'too-late'> {
    const { reason, tree = false } = checkOptions('cancel', options, ['reason', 'tree'])
    checkReason(reason)
    if (checkBoolean('tree', tree)) return (await this.cancelTree({ reason })).outcome
    return this.#cancel(reason)
  }

  async cancelTree(options: { readonly reason?: string | undefined } = {}): Promise<TreeCancelled> {
    const { reason } = checkOptions('cancelTree', options, ['reason'])
    checkReason(reason)
    const others = await cancelDescendants(this.#parts.flows, this.queue, this.ref, reason ?? CANCELLED)
    const outcome = await this.#cancel(reason)
    return { outcome, others }
  }

  async graph(options: GraphOptions = {}): Promise<FlowGraph> {
    return graphOf(this.#parts.flows, this.queue, this.ref, options)
  }

  promote(): Promise<Changed> {
    return this.#change({ delayMs: 0 })
  }

  async reschedule(options: { readonly delayMs: number }): Promise<Changed> {
    const { delayMs } = checkOptions('reschedule', options, ['delayMs'])
    return this.#change({ delayMs: checkInteger('delayMs', delayMs, 0, MAX_DELAY_MS) })
  }

  async changePriority(priority: number): Promise<Changed> {
    return this.#change({ level: checkInteger('priority', priority, 0, MAX_LEVEL) })
  }

  async update(payload: In): Promise<Changed> {
    return this.#change({ payload: await preparePayload(this.#parts.definition, payload) })
  }

  progress(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<unknown> {
    options = checkOptions('progress', options, ['signal'])
    return progressOf(this.ref, this.#parts.watcher, checkSignal('signal', options.signal))
  }

  async #change(change: TaskChange): Promise<Changed> {
    let repeated = false
    const { changed } = await this.#repeat((tries) => {
      repeated = tries > 0
      return this.#parts.admin.apply({ kind: 'change', task: this.ref, ...change })
    })
    if (changed > 0) return 'changed'
    if (!repeated) return 'too-late'
    // The first try may have done it, and the task began after it.
    throw new MqError(
      'unavailable',
      `task ${this.id} has begun or ended, and whether it was changed before is not known`,
    )
  }

  /** Reads may be repeated, and cancels (a task is cancelled once), and changes (then it is as they say). */
  #repeat<T>(call: (tries: number) => Promise<T>): Promise<T> {
    const { services } = this.#parts
    return repeatUntilKnown(services, call, { timeoutMs: services.operationTimeoutMs })
  }

  #inspect(): Promise<TaskFacts> {
    return this.#repeat(() => this.#parts.admin.inspect(this.ref, { content: true }))
  }

  async #cancel(reason = CANCELLED): Promise<'cancelled' | 'too-late'> {
    const repeat = <T>(call: (tries: number) => Promise<T>): Promise<T> => this.#repeat(call)
    return (await cancelTask(this.#parts.admin, repeat, this.ref, reason)) ? 'cancelled' : 'too-late'
  }

  async #read(): Promise<TaskReading> {
    const readings = await this.#repeat(() => this.#parts.admin.read([this.ref]))
    return readings[0]!
  }

  async #ending(options: WaitOptions): Promise<TaskReading> {
    options = checkOptions('a wait', options, ['signal', 'timeoutMs'])
    const { signal, timeoutMs } = options
    checkSignal('signal', signal)?.throwIfAborted()
    if (timeoutMs !== undefined) checkInteger('timeoutMs', timeoutMs, 0, MAX_DELAY_MS)
    if (timeoutMs === 0) return this.#read()
    const { services, watcher, definition, admin } = this.#parts
    const endWait = services.selfWaits.begin(definition.name, () => admin.stats())
    let stop: (() => void) | undefined
    const work = new Promise<TaskReading>((resolve, reject) => {
      stop = watcher().watch(this.ref, { onEnd: resolve, onError: reject })
    })
    const onTimeout = (): Error => new MqError('wait-timeout', `task ${this.id} did not end within ${timeoutMs} ms`)
    try {
      return await limited(work, { clock: services.clock, signal, timeoutMs, onTimeout }, stop)
    } finally {
      endWait()
    }
  }

  async #outcomeOf(reading: TaskReading): Promise<Outcome<Result>> {
    if (reading.state === 'unknown') return { state: 'unknown' }
    if (reading.state !== 'ended') return { state: 'pending' }
    return readOutcome(reading.outcome, this.#parts.definition.result)
  }

  #noResult(outcome: Exclude<Outcome<Result>, { state: 'completed' }>): MqError {
    const { id } = this
    switch (outcome.state) {
      case 'dead': {
        const { reason, error } = outcome
        const why = error === undefined ? reason : `${reason}: ${error.message}`
        return new MqError('task-dead', `task ${id} died (${why})`, { details: { reason, error } })
      }
      case 'cancelled':
        return new MqError('task-cancelled', `task ${id} was cancelled`, { details: { reason: outcome.reason } })
      case 'expired':
        return new MqError('task-expired', `task ${id} expired before it was started`)
      case 'pending':
        return new MqError('wait-timeout', `task ${id} has not ended`)
      case 'unknown':
        return new MqError(
          'result-expired',
          this.#parts.definition.keep.results !== false
            ? `nothing is known of task ${id} in queue ${this.#parts.definition.name}: it never existed, or its result is no longer kept`
            : `queue ${this.#parts.definition.name} keeps no results (its keep.results is false), so none is known of task ${id}`,
        )
    }
  }
}

function checkReason(reason: string | undefined): void {
  if (reason !== undefined) checkText('reason', reason, 0, MAX_REASON)
}
