import type { Services } from '../services/services.ts'
import type { PatternDefinition } from '../define/define-pattern.ts'
import type { PatternDriver } from '../ports/channel-driver.ts'
import type { ChannelSubscription, MessageHandler } from './channel.ts'
import { closeHub } from './close-hub.ts'
import { messagesOf } from './messages.ts'
import { openSubscription } from './open-subscription.ts'
import { PatternHub } from './pattern-hub.ts'
import { messageForm } from './message-form.ts'
import type { Pattern, PatternSubscribeOptions } from './pattern.ts'
import { reportMalformed } from './report-malformed.ts'

/** A pattern's handle, with the function that ends its subscriptions. */
export interface OpenPattern<Out> extends Pattern<Out> {
  /** No handler is waited for after `endAt`, by the broker's clock. */
  end(error: Error, endAt: number): Promise<void>
}

export function createPattern<Out>(
  definition: PatternDefinition<Out>,
  driver: PatternDriver,
  services: Services,
): OpenPattern<Out> {
  const { pattern, message: schema } = definition
  const hub = new PatternHub(pattern, driver, services)
  let ended: Error | undefined
  const assertOpen = (): void => {
    if (ended) throw ended
  }
  const onMalformed = reportMalformed(services)
  const { read } = messageForm(pattern, schema)
  const source = { name: pattern, read, services, hub, assertOpen, onMalformed }
  const subscribe = (
    handler: MessageHandler<Out>,
    options: PatternSubscribeOptions = {},
  ): Promise<ChannelSubscription> => openSubscription(source, handler, options, (gap, channel) => ({ channel, ...gap }))

  return {
    pattern,
    definition,
    subscribe,
    messages: (options = {}) => messagesOf(subscribe, options),
    async end(error, endAt) {
      ended = error
      await closeHub(hub, services, error, endAt)
    },
  }
}
