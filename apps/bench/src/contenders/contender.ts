import type { Task } from '../task.ts'

export type Calls = Readonly<Record<string, number>>
export type TaskHandler = (task: Task) => Promise<unknown>

/** A way to queue tasks on Redis, with the settings that suit it best. Every connection is its caller's to close. */
export interface Contender {
  readonly name: string
  /** The npm package whose version the title bears. */
  readonly package: string
  /** The table's heading. */
  title(version: string): string
  /** How it is configured, for readers of the table. */
  readonly settings: string
  /** Of the calls that Redis counted, those that the client itself sent and awaited; the others ran inside scripts. */
  requests(calls: Calls): number
  connectProducer(url: string): Promise<Producer>
  /** Connected when it resolves, and idle until `run`. */
  connectWorker(url: string, concurrency: number, handler: TaskHandler): Promise<TaskWorker>
  /** The same for messages that are kept, and a consumer group that begins with the first of them. */
  readonly durable?: Pick<Contender, 'connectProducer' | 'connectWorker'> | undefined
  readonly connectTopic?: ((url: string, onMessage: (task: Task) => void) => Promise<Topic>) | undefined
}

export interface Producer {
  enqueue(task: Task): Promise<unknown>
  /** Up to 1,000 in one call. */
  enqueueAll(tasks: readonly Task[]): Promise<unknown>
  /** How many tasks Redis still has, in any state. */
  left(): Promise<number>
  close(): Promise<void>
}

export interface TaskWorker {
  run(): void
  /** Resolves when what was handled is settled. */
  close(): Promise<void>
}

/** One publisher and one subscriber. */
export interface Topic {
  publish(task: Task): Promise<unknown>
  /** A further subscriber in the same process that takes this long for each message, or none any more. */
  neighbour?(slowMs: number | undefined): Promise<void>
  close(): Promise<void>
}
