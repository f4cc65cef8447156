import type { Durability, ServerName } from '../servers/server.ts'
import type { Task } from '../task.ts'
import type { ConnectFlows } from './flows.ts'
import type { ConnectScheduler } from './schedulers.ts'
import type { ConnectTenants } from './tenants.ts'

export type Calls = Readonly<Record<string, number>>
export type TaskHandler = (task: Task) => Promise<unknown>

/** A way to queue tasks, with the settings that suit it best. Every connection is its caller's to close. */
export interface Contender {
  readonly name: string
  /** The npm package whose version the title bears; none where the contender's server names itself. */
  readonly package?: string | undefined
  /** The table's heading. */
  title(version: string): string
  /** How it is configured, for readers of the table. */
  readonly settings: string
  /** Default: Redis. */
  readonly server?: ServerName | undefined
  /** The classes of durability in which it takes part. Default: all that its server has. */
  readonly classes?: readonly Durability[] | undefined
  /**
   * About how many tasks a second it does, for scenarios that have no number of their own for it. None: it takes part
   * only in those that have.
   */
  readonly pace?: Pace | undefined
  /** What of its pace is left where each commit waits for the disk. Default 0.1. */
  readonly syncedShare?: number | undefined
  /** Why it does not take part, by the beginning of a scenario's name. */
  readonly lacks?: Readonly<Record<string, string>> | undefined
  /** Where it needs something else that may not be there: why it cannot take part on this machine. */
  unavailable?(): Promise<string | undefined>
  /** Of the calls that Redis counted, those that the client itself sent and awaited; the others ran inside scripts. */
  requests?(calls: Calls): number
  connectProducer(url: string): Promise<Producer>
  /** Connected when it resolves, and idle until `run`. */
  connectWorker(url: string, concurrency: number, handler: TaskHandler): Promise<TaskWorker>
  /** The same for messages that are kept, and a consumer group that begins with the first of them. */
  readonly durable?: Pick<Contender, 'connectProducer' | 'connectWorker'> | undefined
  readonly connectTopic?:
    | ((url: string, onMessage: (task: Task) => void, subscribers?: number) => Promise<Topic>)
    | undefined
  /** Enqueueing and awaiting what the handler answered. */
  readonly reply?: Reply | undefined
  readonly connectScheduler?: ConnectScheduler | undefined
  readonly connectFlows?: ConnectFlows | undefined
  readonly connectTenants?: ConnectTenants | undefined
  /** A web server whose `POST /queues/bench/tasks` adds a task. */
  readonly web?: Web | undefined
}

/** Tasks a second, on a small machine, where nothing waits for the disk. */
export interface Pace {
  readonly enqueue: number
  readonly bulk: number
  /** At concurrency 1, 10 and 100. */
  readonly process: readonly [one: number, ten: number, hundred: number]
}

export interface Producer {
  enqueue(task: Task): Promise<unknown>
  /** Up to 1,000 in one call. */
  enqueueAll(tasks: readonly Task[]): Promise<unknown>
  /** How many tasks the server still has, in any state but done. */
  left(): Promise<number>
  close(): Promise<void>
}

export interface TaskWorker {
  run(): void
  /** Resolves when what was handled is settled. */
  close(): Promise<void>
}

export interface Reply extends Pick<Contender, 'connectWorker'> {
  connectAsker(url: string): Promise<Asker>
}

export interface Asker {
  /** Enqueues, and resolves to what the handler answered. */
  ask(task: Task): Promise<unknown>
  close(): Promise<void>
}

export interface Web {
  /** On a free port of the loopback. */
  serve(url: string): Promise<WebServer>
  /** It stores nothing, so nothing can be audited but its answers. */
  readonly forgets?: boolean | undefined
}

export interface WebServer {
  readonly origin: string
  close(): Promise<unknown>
}

/** One publisher and its subscribers. */
export interface Topic {
  publish(task: Task): Promise<unknown>
  /** A further subscriber in the same process that takes this long for each message, or none any more. */
  neighbour?(slowMs: number | undefined): Promise<void>
  close(): Promise<void>
}
