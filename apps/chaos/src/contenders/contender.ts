import type { EndState } from '../end-state/end-state.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Payload } from '../programs/payload.ts'
import type { CommonSettings, WorkerSettings } from '../programs/settings.ts'

/** All contenders use the same names in Redis. */
export const QUEUE = 'chaos'

/** A queue under test, as thin as can be: what it does not do itself the harness does not add. */
export interface Contender {
  readonly name: string
  /** How it is set, for whoever reads the table. */
  readonly settings: string
  /** Never waits for Redis: it may be away. */
  connectProducer(settings: CommonSettings, recorder: Recorder): Promise<ProducerClient>
  connectWorker(settings: WorkerSettings, recorder: Recorder, handle: Handle): Promise<WorkerClient>
  /** Tasks that are not over, for the harness to know when to look. */
  watch(url: string): Promise<{ left(): Promise<number>; close(): Promise<void> }>
  /** How many workers a task may take along until it is given up, where that is another number than mq's. */
  readonly crashLimit?: number | undefined
  /** What a peer says of itself in the end, by its own API. mq is not asked: its keys are read. */
  readonly endState?: ((url: string) => Promise<EndState>) | undefined
  readonly connectTopic?: ((settings: CommonSettings, recorder: Recorder) => Promise<Topic>) | undefined
}

export interface ProducerClient {
  /** Answers the storage's name of the task. */
  enqueue(
    payload: Payload,
    options: { readonly id?: string | undefined; readonly delayMs?: number | undefined },
  ): Promise<string>
  /** Only a reply that says so proves that nothing was stored. */
  provesFailure(error: unknown): boolean
  close(): Promise<void>
}

export interface WorkerClient {
  run(): void
  /** Answers how many handlers were abandoned. */
  close(deadlineMs: number): Promise<number>
}

export interface Delivery {
  readonly n: string
  readonly fence: number
  /** 1 for the first. */
  readonly attempt: number
  readonly signal?: AbortSignal | undefined
}

export type Handle = (payload: Payload, delivery: Delivery) => Promise<void>

export interface Topic {
  publish(message: string): Promise<{ readonly epoch: string; readonly n: number }>
  subscribe(listener: TopicListener): Promise<void>
  close(): Promise<void>
}

export interface TopicListener {
  onMessage(message: string, epoch: string, n: number): void
  onGap(size: number | undefined): void
}
