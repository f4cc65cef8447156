import type { ChannelDefinition } from '../define/define-channel.ts'
import type { HandleEvents } from '../engine/worker-parts.ts'
import { MqError } from '../errors.ts'
import type { Capabilities } from '../ports/capabilities.ts'
import type { ChannelDriver } from '../ports/channel-driver.ts'
import type { HistoryLimits } from '../ports/group-driver.ts'
import type { Services } from '../services/services.ts'

/** What a channel is made of. */
export interface ChannelParts<In, Out> {
  readonly definition: ChannelDefinition<In, Out>
  readonly driver: ChannelDriver
  readonly capabilities: Capabilities
  readonly services: Services
  readonly assertOpen: () => void
  readonly events: HandleEvents
  /** Those that reported themselves, of all that there is. */
  readonly workers: () => Promise<readonly ReportedWorker[]>
}

/** What an explanation needs to know of a worker. */
export interface ReportedWorker {
  readonly channel?: string | undefined
  readonly group?: string | undefined
  readonly concurrency: number
  readonly state: string
}

/** Throws `unsupported` where the adapter has no groups. */
export function checkGroups({ definition: { name }, capabilities }: ChannelParts<any, any>): void {
  if (!capabilities.groups) throw new MqError('unsupported', `this adapter has no consumer groups (channel ${name})`)
}

/** Throws an error that explains why nobody can consume the channel by this definition, if that is so. */
export function historyOf(parts: ChannelParts<any, any>): HistoryLimits {
  const { name, history } = parts.definition
  if (history === undefined) {
    throw new TypeError(
      `channel ${name} keeps no messages: declare its history, e.g. history: { maxAgeMs: 86_400_000 }`,
    )
  }
  checkGroups(parts)
  return history
}
