/** What a worker and the thread or process of one of its handlers say to each other: plain data, cloned on the way. */
import type { Context } from '@mq/core'

/** What stays the same while a handler runs. */
export type Facts = Pick<Context, 'queue' | 'id' | 'attempt' | 'attempts' | 'fence' | 'enqueuedAt' | 'headers'>

/**
 * One run. `port`: of a thread, its own. A process has one channel: there each message bears the number of the run,
 * since a handler may go on when its run is over. Without `facts` the file is only loaded.
 */
export interface Job {
  readonly url: string
  readonly name: string
  readonly payload?: unknown
  readonly facts?: Facts
  readonly port?: MessagePortLike
  readonly run?: number
}

/** As much of a MessagePort as both sides use. */
export interface MessagePortLike {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: unknown) => void): unknown
  close(): void
}

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof LEVELS)[number]

/**
 * To the worker. `once`: asks for the memo of a step; `step`: what the step gave; `parents`: asks for those. All are
 * answered by `memo`.
 */
export type FromHandler =
  | { readonly mq: 'began' }
  | { readonly mq: 'progress'; readonly value: unknown }
  | { readonly mq: 'log'; readonly line: string }
  | { readonly mq: 'logger'; readonly level: Level; readonly message: string; readonly fields: unknown }
  | { readonly mq: 'once'; readonly ask: number; readonly key: string }
  | { readonly mq: 'parents'; readonly ask: number }
  | { readonly mq: 'step'; readonly ask: number; readonly outcome: Settled }

/** To the handler. `act`: no memo, so the step is to be done now. */
export type ToHandler =
  | { readonly mq: 'abort'; readonly reason: ThrownError }
  | { readonly mq: 'act'; readonly ask: number }
  | { readonly mq: 'memo'; readonly ask: number; readonly outcome: Settled }

/** How something ended, across the border. */
export type Settled =
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'verdict'; readonly kind: unknown; readonly given: Record<string, unknown> }
  | { readonly is: 'error'; readonly error: ThrownError }
  | { readonly is: 'missing'; readonly message: string }
  | { readonly is: 'not-cloneable'; readonly message: string }

/** What is passed on of a thrown value. `mqCode`: it was an MqError. */
export interface ThrownError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string | number
  readonly mqCode?: string
}
