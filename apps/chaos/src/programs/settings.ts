import type { Place } from '../place.ts'

/** What the harness gives a program at its start. */
export type ProgramSettings =
  | ProducerSettings
  | WorkerSettings
  | OperatorSettings
  | GroupOperatorSettings
  | PublisherSettings
  | SteadyPublisherSettings
  | SubscriberSettings
  | MemberSettings
  | CallerSettings
  | SchedulerSettings
  | FlowProducerSettings
  | FlowWorkerSettings

export interface CommonSettings extends Place {
  readonly proc: string
  /** Where its history goes. */
  readonly file: string
  readonly contender: string
  readonly seed: number
  /** Half of it without CPU is recorded as a stall. */
  readonly leaseMs: number
}

export interface ProducerSettings extends CommonSettings {
  readonly role: 'producer'
  readonly firstTask: number
  /** Enqueues that may be under way at once. */
  readonly lanes: number
  readonly pauseMs: readonly [number, number]
  readonly workMs: readonly [number, number]
  readonly padPieces: readonly [number, number]
  /** Shares of the tasks, 0–1. */
  readonly ownIds: number
  /** Of those with an own id or a key of a deduplication: they are enqueued twice. */
  readonly again: number
  readonly delayed: number
  readonly failing: number
  /** Share of the tasks that get a priority, a key of a deduplication, an uncharged retry, a burial or a cancel. */
  readonly mixed: number
  /** How many keys its tasks have; 0: none. */
  readonly keys: number
  /** It pushes to the inbox, as a program without mq. */
  readonly pushes: boolean
  /** After this many it ends by itself. */
  readonly most: number
  /** Some tasks are not like the others. */
  readonly specials: Readonly<Record<number, { readonly kind: 'poison' | 'busy'; readonly workMs: number }>>
}

export interface WorkerSettings extends CommonSettings {
  readonly role: 'worker'
  readonly concurrency: number
  readonly deadlineMs: number
  readonly attempts: number
  /** Its definition has limits. */
  readonly shares: boolean
  /** Its definition has an inbox. */
  readonly receives: boolean
  /** Tasks of one call of its handler at the most; 0: it gets one at a time. */
  readonly batch: number
}

/** Redrives dead letters, pauses the queue and resumes it. */
export interface OperatorSettings extends CommonSettings {
  readonly role: 'operator'
  /** It pauses when it is ordered to hold, and resumes when it is ordered to release; otherwise at random. */
  readonly ordered: boolean
}

/** Redrives, pauses and resumes a group, and sends it back and ahead. */
export interface GroupOperatorSettings extends CommonSettings {
  readonly role: 'group-operator'
  readonly group: string
}

export interface PublisherSettings extends CommonSettings {
  readonly role: 'publisher'
  readonly pauseMs: readonly [number, number]
  /** Publishes that may be under way at once. */
  readonly lanes: number
  readonly most: number
  /** To the channel that keeps its messages for groups. */
  readonly durable: boolean
  /** Of the groups of that channel, without a member. */
  readonly groupExpiresMs?: number | undefined
  /** Shares of the messages, 0–1: their handlers fail once or twice, or always. */
  readonly failing: number
  readonly fatal: number
}

/** Publishes at a pace that no answer slows down. */
export interface SteadyPublisherSettings extends CommonSettings {
  readonly role: 'steady-publisher'
  readonly everyMs: number
  readonly bodyBytes: number
}

export interface SubscriberSettings extends CommonSettings {
  readonly role: 'subscriber'
  /** The buffer of a second subscription in this process, whose handler can be held. */
  readonly besideBuffer?: number | undefined
}

export interface MemberSettings extends CommonSettings {
  readonly role: 'member'
  readonly group: string
  readonly groupExpiresMs?: number | undefined
  readonly concurrency: number
  /** How often a handler may fail. */
  readonly attempts: number
  /** Share of the messages that take some ms, 0–1. */
  readonly slow: number
  /** A third of the messages has a step that is to be done once. */
  readonly steps: boolean
  /** Messages of a key are handled one at a time, in order. */
  readonly keyed: boolean
  /** Messages of one call of its handler at the most; 0: it gets one at a time. */
  readonly batch: number
  /** A supervisor asks again and again whether it is ready. Each question is a sign of life. */
  readonly supervised: boolean
  readonly deadlineMs: number
}

/** Awaits the result of each task that it enqueues. */
export interface CallerSettings extends CommonSettings {
  readonly role: 'caller'
  readonly firstTask: number
  readonly most: number
  /** Between two other calls, whether those before it are answered or not. */
  readonly probeEveryMs: number
}

/** Ticks schedules, and changes one now and then. */
export interface SchedulerSettings extends CommonSettings {
  readonly role: 'scheduler'
  readonly everyMs: number
  readonly names: readonly string[]
  readonly changeEveryMs: number
}

/** Enqueues flows: tasks that run after others, over queues. */
export interface FlowProducerSettings extends CommonSettings {
  readonly role: 'flow-producer'
  readonly firstTask: number
  readonly queues: readonly string[]
  /** Flows that may be under way to the storage at once. */
  readonly lanes: number
  readonly pauseMs: readonly [number, number]
}

/** Works on all queues of flows. */
export interface FlowWorkerSettings extends CommonSettings {
  readonly role: 'flow-worker'
  readonly concurrency: number
  readonly deadlineMs: number
  readonly attempts: number
}

/** To a program. */
export type Order = 'begin' | 'stop' | 'hold' | 'release'

/** From a program. `count`: how much it has done so far; `running`: what it is doing now. */
export type Report =
  | { readonly kind: 'ready' | 'stopped' }
  | { readonly kind: 'count'; readonly count: number; readonly running?: number | undefined }
  | { readonly kind: 'failed'; readonly message: string }
