import type { EndState } from '../end-state/end-state.ts'
import type { ToldParent } from '../history/flow-event.ts'
import type { Recorder } from '../history/recorder.ts'
import type { Place } from '../place.ts'
import type { Ready } from '../programs/ask-health.ts'
import type { FlowPayload, FlowPlan, FlowStep } from '../programs/flow-payload.ts'
import type { Payload } from '../programs/payload.ts'
import type {
  CallerSettings,
  CommonSettings,
  FlowWorkerSettings,
  GroupOperatorSettings,
  MemberSettings,
  ProducerSettings,
  PublisherSettings,
  SchedulerSettings,
  WorkerSettings,
} from '../programs/settings.ts'

/** All contenders use the same names in Redis. */
export const QUEUE = 'chaos'
/** The channel that keeps its messages for groups. */
export const LOG = 'chaos-log'
/** The queue whose tasks are made by schedules, and done by nobody. */
export const SCHEDULED = 'chaos-scheduled'

/** The queues of flows. */
export const FLOW_QUEUES: readonly string[] = ['chaos-flow-a', 'chaos-flow-b']

/** What else than the queue is in use. */
export interface Watched {
  readonly groups: readonly string[]
  readonly flows: boolean
}

/** A queue under test, as thin as can be: what it does not do itself the harness does not add. */
export interface Contender {
  readonly name: string
  /** How it is configured, for readers of the table. */
  readonly settings: string
  /** Never waits for Redis: it may be away. */
  connectProducer(settings: ProducerSettings, recorder: Recorder): Promise<ProducerClient>
  connectWorker(settings: WorkerSettings, recorder: Recorder, handle: Handle): Promise<WorkerClient>
  /** Tasks that are not over, and messages that a group has not done, for the harness to know when to look. */
  /**
   * Gives the queue another number of partitions, and returns those of before that are not empty yet. The process that
   * does it is killed at its so-many-th call: then the answer is undefined.
   */
  divide?(place: Place, of: number, killedAt?: number): Promise<readonly number[] | undefined>
  watch(place: Place, what: Watched): Promise<{ left(): Promise<number>; close(): Promise<void> }>
  /** How many workers a task may take along until it is given up, where that is another number than mq's. */
  readonly crashLimit?: number | undefined
  /** It knows no clusters and no sentinels. */
  readonly isForOneServer?: boolean | undefined
  /** What a peer says of itself in the end, by its own API. mq is not asked: its keys are read. */
  readonly endState?: ((place: Place) => Promise<EndState>) | undefined
  /** `durable`: keeps its messages for groups. */
  readonly connectTopic?:
    | ((settings: TopicSettings, recorder: Recorder, durable: boolean) => Promise<Topic>)
    | undefined
  readonly connectOperator?: ((settings: CommonSettings, recorder: Recorder) => Promise<OperatorClient>) | undefined
  readonly connectCaller?: ((settings: CallerSettings, recorder: Recorder) => Promise<CallerClient>) | undefined
  readonly connectGroupOperator?:
    | ((settings: GroupOperatorSettings, recorder: Recorder) => Promise<GroupOperatorClient>)
    | undefined
  /** Ticks schedules, which it sets. */
  readonly connectScheduler?:
    | ((settings: SchedulerSettings, recorder: Recorder) => Promise<SchedulerClient>)
    | undefined
  readonly connectFlowProducer?:
    | ((settings: CommonSettings, recorder: Recorder) => Promise<FlowProducerClient>)
    | undefined
  readonly connectFlowWorker?:
    | ((settings: FlowWorkerSettings, recorder: Recorder, handle: FlowHandle) => Promise<WorkerClient>)
    | undefined
  /** Resolves when what is published from now on is the group's. */
  readonly connectMember?:
    | ((settings: MemberSettings, recorder: Recorder, onMessage: OnGroupMessage) => Promise<WorkerEnd>)
    | undefined
}

export interface SchedulerClient {
  /** Sets a schedule again, with another payload: at its tick, as likely as not. */
  change(name: string, payload: number): Promise<void>
  close(): Promise<void>
}

export type TopicSettings = CommonSettings & Pick<PublisherSettings, 'groupExpiresMs'>

export interface ProducerClient {
  /** Answers the storage's name of the task; undefined where it gets none yet. */
  enqueue(
    payload: Payload,
    options: {
      readonly id?: string | undefined
      readonly delayMs?: number | undefined
      readonly priority?: number | undefined
      readonly key?: string | undefined
      readonly weight?: number | undefined
      readonly dedupe?: { readonly key: string; readonly windowMs: number } | undefined
    },
  ): Promise<string | undefined>
  readonly cancel?: ((n: string, id: string | undefined) => Promise<'cancelled' | 'too-late'>) | undefined
  /** Where it waits or is delayed: another priority, due later, or at once. */
  readonly change?:
    | ((n: string, id: string | undefined, change: number | 'later' | 'now') => Promise<unknown>)
    | undefined
  /** Only a reply that says so proves that nothing was stored. */
  provesFailure(error: unknown): boolean
  close(): Promise<void>
}

export interface FlowProducerClient extends Pick<ProducerClient, 'provesFailure' | 'close'> {
  /** Answers the storage's name of the task. */
  enqueue(
    queue: string,
    payload: FlowPayload,
    options: {
      readonly id: string
      readonly delayMs?: number | undefined
      readonly after?: readonly { readonly queue: string; readonly id: string }[] | undefined
      readonly onDead?: FlowPlan['onDead'] | undefined
    },
  ): Promise<string>
}

/** Answers what is to follow, or that the task is given up; else its result is its number. */
export type FlowHandle = (payload: FlowPayload, delivery: FlowDelivery) => Promise<FlowStep | 'bury' | undefined>

export interface FlowDelivery extends Omit<Delivery, 'signal'> {
  readonly queue: string
  parents(): Promise<readonly ToldParent[]>
  /** Enqueued once, however often the task runs. */
  add(step: FlowStep, label: string): Promise<void>
}

export interface WorkerClient extends WorkerEnd {
  run(): void
}

export interface WorkerEnd {
  /** Of one that runs. */
  readonly ready?: Ready | undefined
  /** Answers how many handlers were abandoned. */
  close(deadlineMs: number): Promise<number>
}

export interface CallerClient {
  /** Answers for each the storage's name of the task, and its result to come. */
  enqueueAll(
    payloads: readonly Payload[],
  ): Promise<readonly { readonly n: string; readonly result: Promise<unknown> }[]>
  /** Any other call. */
  probe(): Promise<void>
  close(): Promise<void>
}

export interface OperatorClient {
  /** All dead letters that are there. */
  redrive(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/** Of one group. */
export interface GroupOperatorClient extends OperatorClient {
  /** The number of the newest message that it has seen. */
  newest(): number
  /** The group reads on behind the message of that number. */
  seek(to: number): Promise<void>
}

/** Throws where the message is to fail. */
export type OnGroupMessage = (message: string, delivery: GroupDelivery) => Promise<void>

export interface GroupDelivery {
  readonly n: number
  readonly fence: number
  /** 1 for the first. */
  readonly attempt: number
  /** Resolves when it is noted that `act` was done in this life of the message. */
  readonly once?: ((act: () => void) => Promise<void>) | undefined
}

export interface Delivery {
  readonly n: string
  readonly fence: number
  /** 1 for the first. */
  readonly attempt: number
  readonly signal?: AbortSignal | undefined
}

/** Answers what the payload asks for, where it is not done: an uncharged retry, or burial. */
export type Handle = (payload: Payload, delivery: Delivery) => Promise<Payload['asks']>

export interface Topic {
  publish(message: string): Promise<{ readonly epoch: string; readonly n: number }>
  /** `buffer`: how many messages may wait for the listener. */
  subscribe(listener: TopicListener, buffer?: number): Promise<void>
  close(): Promise<void>
}

export interface TopicListener {
  /** The next message waits for it. */
  onMessage(message: string, epoch: string, n: number): void | Promise<void>
  onGap(size: number | undefined): void
}
