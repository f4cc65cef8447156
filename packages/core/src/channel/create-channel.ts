import { repeatUntilKnown } from '../storage-calls/repeat.ts'
import { checkBatchBytes } from '../wire/codec.ts'
import { checkBoolean, checkName, checkOptions, checkList } from '../define/check-call.ts'
import { isName } from '../define/is-name.ts'
import { MAX_BATCH } from '../ports/limits.ts'
import { MqError } from '../errors.ts'
import type { ChannelPosition } from '../ports/channel-position.ts'
import type { Channel, ChannelSubscription, MessageHandler, PublishOptions, SubscribeOptions } from './channel.ts'
import { prepareEntries } from '../wire/prepare-entries.ts'
import { consumeGroup } from './consume-group.ts'
import { createGroup } from './create-group.ts'
import { Hub } from './hub.ts'
import { closeHub } from './close-hub.ts'
import { messagesOf } from './messages.ts'
import { openSubscription } from './open-subscription.ts'
import { prepareMessage } from './prepare-message.ts'
import { Publisher } from './publisher.ts'
import { reportMalformed } from './report-malformed.ts'
import { checkGroups } from './channel-parts.ts'
import type { ChannelParts } from './channel-parts.ts'

const NO_OPTIONS: PublishOptions = Object.freeze({})

/** A channel's handle, with the function that ends its subscriptions. */
export interface OpenChannel<In, Out> extends Channel<In, Out> {
  /** No handler is waited for after `endAt`, by the broker's clock. */
  end(error: Error, endAt: number): Promise<void>
}

export function createChannel<In, Out>(parts: ChannelParts<In, Out>): OpenChannel<In, Out> {
  const { definition, driver, services } = parts
  const { name, message: schema } = definition
  const hub = new Hub(name, driver, services)
  let ended: Error | undefined

  const { history } = definition
  const publish = (bodies: readonly string[]): Promise<ChannelPosition> => {
    parts.events.onUsed(definition.name)
    return driver.publish(bodies, history)
  }
  const publisher = new Publisher({ publish }, services)

  const assertOpen = (): void => {
    if (ended) throw ended
  }
  const onMalformed = reportMalformed(services)
  const source = { name, schema, services, hub, assertOpen, onMalformed }
  const subscribe = (handler: MessageHandler<Out>, options: SubscribeOptions = {}): Promise<ChannelSubscription> =>
    openSubscription(source, handler, options, (gap) => gap)

  const channel: OpenChannel<In, Out> = {
    name,
    definition,

    async publish(message, options = NO_OPTIONS) {
      assertOpen()
      if (options !== NO_OPTIONS) options = checkOptions('publish', options, ['headers'])
      const prepared = prepareMessage(schema, message, options.headers)
      const body = prepared instanceof Promise ? await prepared : prepared
      return publisher.publish([body], body.length)
    },

    async publishAll(entries) {
      assertOpen()
      const list = checkList('entries of publishAll', entries)
      if (list.length === 0) return []
      if (list.length > MAX_BATCH) {
        throw new MqError('batch-too-large', `at most ${MAX_BATCH} messages at once, not ${list.length}`)
      }
      const prepared = prepareEntries(list, 'message', (message, options) => {
        const { headers } = checkOptions('an entry of publishAll', options, ['message', 'headers'])
        return prepareMessage(schema, message, headers)
      })
      // Synchronous where the schema is, so that calls keep their order.
      const bodies = prepared instanceof Promise ? await prepared : prepared
      const units = checkBatchBytes(bodies)
      const { epoch, n } = await publisher.publish(bodies, units)
      return bodies.map((_, i) => ({ epoch, n: n - bodies.length + 1 + i }))
    },

    subscribe,

    messages: (options = {}) => messagesOf(subscribe, options),

    async consume(group, handler, options = {}) {
      assertOpen()
      checkName('group', group)
      return consumeGroup(parts, group, handler, options)
    },

    async groups() {
      assertOpen()
      checkGroups(parts)
      const timeoutMs = services.operationTimeoutMs
      const names = await repeatUntilKnown(services, () => driver.groups(), { timeoutMs })
      return names.filter(isName).sort()
    },

    group: (group) => createGroup(parts, group),

    async obliterate(options = {}) {
      assertOpen()
      options = checkOptions('obliterate', options, ['force'])
      const force = checkBoolean('force', options.force ?? false)
      const timeoutMs = services.operationTimeoutMs
      const inUse = await repeatUntilKnown(services, () => driver.obliterate({ force }), { timeoutMs })
      if (inUse === undefined) return parts.events.onObliterated(definition.name)
      const why =
        inUse === 'messages' ? 'members of its groups hold messages' : 'members of its groups wait for messages'
      throw new MqError('channel-in-use', `channel ${name} is in use: ${why}`, { details: { inUse } })
    },

    async end(error, endAt) {
      ended = error
      await closeHub(hub, services, error, endAt)
    },
  }

  return channel
}
