import { limited } from '../calls/limit.ts'
import type { Services } from '../calls/services.ts'
import { byteLengthOf } from '../codec.ts'
import { checkInteger, checkName, checkOptions } from '../define/check.ts'
import type { ChannelDefinition } from '../define/define-channel.ts'
import { MAX_BATCH, MAX_BATCH_BYTES } from '../define/limits.ts'
import type { Worker } from '../engine/worker.ts'
import { MqError } from '../errors.ts'
import type { Capabilities } from '../ports/capabilities.ts'
import type { ChannelDriver } from '../ports/channel-driver.ts'
import type { Channel, ChannelSubscription, MessageHandler, PublishOptions, SubscribeOptions } from './channel.ts'
import { consumeGroup } from './consume-group.ts'
import { createGroup } from './create-group.ts'
import { Hub } from './hub.ts'
import { messagesOf } from './messages.ts'
import { prepareMessage } from './prepare-message.ts'
import { Publisher } from './publisher.ts'
import { Subscriber } from './subscriber.ts'

export interface ChannelParts<In, Out> {
  readonly definition: ChannelDefinition<In, Out>
  readonly driver: ChannelDriver
  readonly capabilities: Capabilities
  readonly services: Services
  readonly assertOpen: () => void
  readonly onWorker: (worker: Worker) => () => void
}

const NO_OPTIONS: PublishOptions = Object.freeze({})

/** A channel's handle, and the end of its subscriptions. */
export interface OpenChannel<In, Out> extends Channel<In, Out> {
  end(error: Error): Promise<void>
}

export function createChannel<In, Out>(parts: ChannelParts<In, Out>): OpenChannel<In, Out> {
  const { definition, driver, services } = parts
  const { name, message: schema } = definition
  const hub = new Hub(driver, services)
  let ended: Error | undefined

  const { history } = definition
  const publisher = new Publisher({ publish: (bodies) => driver.publish(bodies, history) }, services)

  const channel: OpenChannel<In, Out> = {
    name,
    definition,

    async publish(message, options = NO_OPTIONS) {
      if (ended) throw ended
      if (options !== NO_OPTIONS) checkOptions('publish', options, ['headers'])
      const prepared = prepareMessage(schema, message, options.headers)
      const body = prepared instanceof Promise ? await prepared : prepared
      return publisher.publish([body], body.length)
    },

    async publishAll(entries) {
      if (ended) throw ended
      if (entries.length === 0) return []
      if (entries.length > MAX_BATCH) {
        throw new MqError('batch-too-large', `at most ${MAX_BATCH} messages at once, not ${entries.length}`)
      }
      const prepared = entries.map((entry) => {
        checkOptions('an entry of publishAll', entry, ['message', 'headers'])
        return prepareMessage(schema, entry.message, entry.headers)
      })
      // Without waiting, where the schema allows it: calls keep their order.
      const waits = prepared.some((body) => typeof body !== 'string')
      const bodies = waits ? await Promise.all(prepared.map(async (body) => body)) : (prepared as string[])
      const bytes = bodies.reduce((sum, body) => sum + byteLengthOf(body), 0)
      if (bytes > MAX_BATCH_BYTES) throw new MqError('batch-too-large', `at most 4 MiB at once, not ${bytes} bytes`)
      const { epoch, n } = await publisher.publish(bodies, bytes)
      return bodies.map((_, i) => ({ epoch, n: n - bodies.length + 1 + i }))
    },

    subscribe: (handler, options = {}) => subscribe(handler, options, () => undefined),

    messages: (options = {}) => messagesOf(subscribe, options),

    async consume(group, handler, options = {}) {
      if (ended) throw ended
      checkName('group', group)
      return consumeGroup(parts, group, handler, options)
    },

    group: (group) => createGroup(parts, group),

    async end(error) {
      ended = error
      await hub.close(error)
    },
  }

  async function subscribe(
    handler: MessageHandler<Out>,
    options: SubscribeOptions,
    onEnd: (error: Error) => void,
  ): Promise<ChannelSubscription> {
    if (ended) throw ended
    if (typeof handler !== 'function') throw new TypeError('subscribe takes a handler function')
    checkOptions('subscribe', options, ['onGap', 'buffer', 'signal'])
    const { signal, onGap } = options
    signal?.throwIfAborted()
    const buffer = checkInteger('buffer', options.buffer ?? 10_000, 1, 1_000_000)
    const subscriber = new Subscriber({ channel: name, schema, services, handler, onGap, buffer, onEnd })
    const close = async (): Promise<void> => {
      signal?.removeEventListener('abort', onAbort)
      await hub.remove(subscriber)
      await subscriber.close()
    }
    const onAbort = (): void => void close().catch(services.onError)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      await limited(hub.add(subscriber), { clock: services.clock, signal })
      if (ended) throw ended
    } catch (error) {
      await close()
      throw error
    }
    return { close, [Symbol.asyncDispose]: close }
  }

  return channel
}
