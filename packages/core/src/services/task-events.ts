/** Published on `mq:enqueue` when the storage has answered: a task was accepted, or is there already. */
export interface EnqueueEvent {
  readonly queue: string
  readonly id: string
  /** Nothing was added: a task of this id is there. */
  readonly existing: boolean
  readonly headers: Readonly<Record<string, string>> | undefined
}

/**
 * How a run ended: what was asked of the storage for it, or why nothing was. It may still be refused, where the lease
 * was lost meanwhile.
 */
export type RunOutcome = 'completed' | 'retried' | 'released' | 'dead' | 'expired' | 'cancelled' | 'lease-lost'

/**
 * Published on `mq:run:start` before the handler is called, and again on `mq:run:end`: the same object, so that whoever
 * began something for it finds it again. A task that ends without being run is published on `mq:run:end` only.
 */
export interface RunEvent {
  /** For a durable channel `channel/group`. */
  readonly queue: string
  readonly id: string
  /** From 1. */
  readonly attempt: number
  readonly headers: Readonly<Record<string, string>> | undefined
  /** From when it was enqueued until this worker claimed it, by the storage's clock, ms. */
  readonly waitedMs: number
  outcome?: RunOutcome
  /** The handler's time, ms; missing where it was not run. */
  tookMs?: number
  /** What it failed with. */
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

interface Host {
  readonly process?: { getBuiltinModule?(name: string): unknown }
}

const diagnostics = (globalThis as Host).process?.getBuiltinModule?.('node:diagnostics_channel') as
  | DiagnosticsChannels
  | undefined

/** Where there is no `diagnostics_channel`, nobody can subscribe. */
const UNHEARD: EventChannel<unknown> = {
  hasSubscribers: false,
  publish: () => undefined,
  runStores: (_event, run) => run(),
}

function channel<Event>(name: string): EventChannel<Event> {
  return (diagnostics?.channel(name) ?? UNHEARD) as EventChannel<Event>
}

/**
 * What happens to tasks, for traces and metrics. An event is made only where somebody subscribed: who asks for
 * `hasSubscribers` first pays nothing else. A subscriber that throws ends no loop of ours: Node reports it as an
 * uncaught exception of its own.
 */
export const taskEvents: TaskEvents = {
  enqueue: channel('mq:enqueue'),
  start: channel('mq:run:start'),
  end: channel('mq:run:end'),
}
