import type { HandleEvents } from '../engine/worker-parts.ts'
import { MqError } from '../errors.ts'
import type { Capabilities } from '../ports/capabilities.ts'
import type { ChannelReader } from '../ports/channel-driver.ts'
import type { HistoryLimits } from '../ports/history-limits.ts'
import type { DeadTask } from '../ports/queue-admin.ts'
import type { Services } from '../services/services.ts'
import type { Headers } from '../wire/message-body.ts'

/** What is read: the messages of a channel, or the outcomes of a queue. */
export interface SourceParts<Out> {
  readonly name: string
  /** How long messages are kept for groups; undefined where they are not. */
  readonly history: HistoryLimits | undefined
  readonly form: BodyForm<Out>
  readonly driver: ChannelReader
  readonly capabilities: Capabilities
  readonly services: Services
  readonly assertOpen: () => void
  /** The broker closes the worker. */
  readonly onWorker: HandleEvents['onWorker']
  /** Of the outcomes of a queue: whether it keeps them now. */
  readonly isKept?: (() => Promise<boolean>) | undefined
  /** Those that reported themselves, of all that there is. */
  readonly workers: () => Promise<readonly ReportedWorker[]>
}

/** How a body is read. */
export interface BodyForm<Out> {
  /** Throws an MqError `invalid-message`, also as a rejected payload. */
  readonly read: (text: string) => ReadBody<Out>
  /** As a dead letter shows it. Never throws. */
  readonly letterOf: (text: string) => Pick<DeadTask, 'header' | 'payload'>
  /** The history is missing: what to declare. */
  readonly advice: string
}

export interface ReadBody<Out> {
  readonly headers: Headers
  readonly payload: Out | Promise<Out>
}

/** What an explanation needs to know of a worker. */
export interface ReportedWorker {
  readonly channel?: string | undefined
  readonly group?: string | undefined
  readonly concurrency: number
  readonly state: string
  readonly alive: boolean
}

/** Throws `unsupported` where the adapter has no groups. */
export function checkGroups({ name, capabilities }: Pick<SourceParts<never>, 'name' | 'capabilities'>): void {
  if (!capabilities.groups) throw new MqError('unsupported', `this adapter has no consumer groups (channel ${name})`)
}

/** Throws an error that explains why nobody can consume it by this definition, if that is so. */
export function historyOf(parts: SourceParts<any>): HistoryLimits {
  const { history, form } = parts
  if (history === undefined) throw new TypeError(form.advice)
  checkGroups(parts)
  return history
}
