import { isName } from '../define/is-name.ts'
import { checkName } from '../define/check-call.ts'
import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { checkGroups } from './channel-parts.ts'
import type { SourceParts } from './channel-parts.ts'
import type { ChannelSubscription, MessageHandler, MessageSource, SubscribeOptions } from './channel.ts'
import { closeHub } from './close-hub.ts'
import { consumeGroup, consumeGroupInBatches } from './consume-group.ts'
import { createGroup } from './create-group.ts'
import { messagesOf } from './messages.ts'
import { openSubscription } from './open-subscription.ts'
import { hubOf } from './partitions/ways.ts'
import { reportMalformed } from './report-malformed.ts'

/** What is read of a channel, with the function that ends its subscriptions. */
export interface OpenSource<Out> extends MessageSource<Out> {
  /** Throws once it has ended. */
  assertOpen(): void
  /** No handler is waited for after `endAt`, by the broker's clock. */
  end(error: Error, endAt: number): Promise<void>
}

export function createSource<Out>(parts: SourceParts<Out>): OpenSource<Out> {
  const { name, driver, form, services } = parts
  const hub = hubOf(name, driver, services)
  let ended: Error | undefined
  const assertOpen = (): void => {
    if (ended) throw ended
  }
  const source = { name, read: form.read, services, hub, assertOpen, onMalformed: reportMalformed(services) }
  const subscribe = (handler: MessageHandler<Out>, options: SubscribeOptions = {}): Promise<ChannelSubscription> =>
    openSubscription(source, handler, options, (gap) => gap)

  return {
    name,
    subscribe,
    messages: (options = {}) => messagesOf(subscribe, options),

    async consume(group, handler, options = {}) {
      assertOpen()
      checkName('group', group)
      return consumeGroup(parts, group, handler, options)
    },

    async consumeBatch(group, handler, options = {}) {
      assertOpen()
      checkName('group', group)
      return consumeGroupInBatches(parts, group, handler, options)
    },

    async groups() {
      assertOpen()
      checkGroups(parts)
      const timeoutMs = services.operationTimeoutMs
      const names = await repeatUntilKnown(services, () => driver.groups(), { timeoutMs })
      return names.filter(isName).sort()
    },

    group: (group) => createGroup(parts, group),

    assertOpen,

    async end(error, endAt) {
      ended = error
      await closeHub(hub, services, error, endAt)
    },
  }
}
