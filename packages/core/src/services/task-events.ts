import { builtinModule } from '../values/builtin-module.ts'

/** Published on `mq:enqueue` when the storage has answered: a task was accepted, or existed already. */
export interface EnqueueEvent {
  readonly queue: string
  readonly id: string
  /** Nothing was added, because a task with this id exists. */
  readonly existing: boolean
  readonly headers: Readonly<Record<string, string>> | undefined
}

/**
 * How a run ended: the settlement that is sent to the storage, or why there is none. It may still be refused, if the
 * lease was lost meanwhile.
 */
export type RunOutcome = 'completed' | 'retried' | 'released' | 'dead' | 'expired' | 'cancelled' | 'lease-lost'

/**
 * Published on `mq:run:start` before the handler is called, and again on `mq:run:end`: the same object, so that a
 * subscriber can find what it began at the start. A task that ends without being run is published on `mq:run:end` only.
 */
export interface RunEvent {
  /** For a durable channel `channel/group`. */
  readonly queue: string
  readonly id: string
  /** From 1. */
  readonly attempt: number
  readonly headers: Readonly<Record<string, string>> | undefined
  /**
   * From when it was due until this worker claimed it, by the storage's clock, ms. Undefined of later attempts, and of
   * a task that was promoted: when they were due is not known.
   */
  readonly waitedMs: number | undefined
  outcome?: RunOutcome
  /** The handler's time, ms; missing when it was not run. */
  tookMs?: number
  /** The error with which it failed. */
  error?: Error
}

/** A channel of Node's `diagnostics_channel`, as far as it is used. */
interface EventChannel<Event> {
  readonly hasSubscribers: boolean
  publish(event: Event): void
  runStores<T>(event: Event, run: () => T): T
}

interface TaskEvents {
  readonly enqueue: EventChannel<EnqueueEvent>
  readonly start: EventChannel<RunEvent>
  readonly end: EventChannel<RunEvent>
}

interface DiagnosticsChannels {
  channel(name: string): unknown
}

const diagnostics = builtinModule('node:diagnostics_channel') as DiagnosticsChannels | undefined

/** Without `diagnostics_channel` there are no subscribers. */
const UNHEARD: EventChannel<unknown> = {
  hasSubscribers: false,
  publish: () => undefined,
  runStores: (_event, run) => run(),
}

function channel<Event>(name: string): EventChannel<Event> {
  return (diagnostics?.channel(name) ?? UNHEARD) as EventChannel<Event>
}

/**
 * Events of tasks, for traces and metrics. An event is made only when there are subscribers: callers check
 * `hasSubscribers` first, which is the only cost without them. A subscriber that throws does not end a loop of mq: Node
 * reports it as an uncaught exception.
 */
export const taskEvents: TaskEvents = {
  enqueue: channel('mq:enqueue'),
  start: channel('mq:run:start'),
  end: channel('mq:run:end'),
}
