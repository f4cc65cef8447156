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
}

/** Throws an error that explains why the channel can have no groups, if it cannot. */
export function historyOf({ definition: { name, history }, capabilities }: ChannelParts<any, any>): HistoryLimits {
  if (history === undefined) {
    throw new TypeError(
      `channel ${name} keeps no messages: declare its history, e.g. history: { maxAgeMs: 86_400_000 }`,
    )
  }
  if (!capabilities.groups) throw new MqError('unsupported', `this adapter has no consumer groups (channel ${name})`)
  return history
}
