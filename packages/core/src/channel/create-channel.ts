import { Batcher } from '../calls/batcher.ts'
import { limited } from '../calls/limit.ts'
import { repeatUntilKnown } from '../calls/repeat.ts'
import type { Services } from '../calls/services.ts'
import { decode, encode } from '../codec.ts'
import { checkInteger, checkName, checkOptions } from '../define/check.ts'
import type { ChannelDefinition } from '../define/define-channel.ts'
import { MAX_BATCH, MAX_BATCH_BYTES, MAX_PAYLOAD_BYTES } from '../define/limits.ts'
import { parse } from '../define/schema.ts'
import type { Worker } from '../engine/worker.ts'
import { MqError } from '../errors.ts'
import type { Capabilities } from '../ports/capabilities.ts'
import type { ChannelDriver, ChannelPosition } from '../ports/channel-driver.ts'
import type { Channel, ChannelSubscription, MessageHandler, SubscribeOptions } from './channel.ts'
import { consumeGroup } from './consume-group.ts'
import { Hub } from './hub.ts'
import { messagesOf } from './messages.ts'
import { Subscriber } from './subscriber.ts'

export interface ChannelParts<In, Out> {
  readonly definition: ChannelDefinition<In, Out>
  readonly driver: ChannelDriver
  readonly capabilities: Capabilities
  readonly services: Services
  readonly assertOpen: () => void
  readonly onWorker: (worker: Worker) => () => void
}

/** A channel's handle, and the end of its subscriptions. */
export interface OpenChannel<In, Out> extends Channel<In, Out> {
  end(error: Error): Promise<void>
}

export function createChannel<In, Out>(parts: ChannelParts<In, Out>): OpenChannel<In, Out> {
  const { definition, driver, services } = parts
  const { name, message: schema } = definition
  const hub = new Hub(driver, services)
  let ended: Error | undefined

  // Once it may have been sent it is never repeated: a message whose publishing is unknown would arrive twice.
  const publisher = new Batcher<string, ChannelPosition>({
    clock: services.clock,
    timeoutMs: services.operationTimeoutMs,
    lanes: 2,
    maxItems: MAX_BATCH,
    maxBytes: MAX_BATCH_BYTES,
    async send(bodies) {
      const last = await repeatUntilKnown(services, () => driver.publish(bodies), {
        timeoutMs: services.operationTimeoutMs,
        onlyUnsent: true,
      })
      return bodies.map((_, i) => ({ epoch: last.epoch, n: last.n - bodies.length + 1 + i }))
    },
  })

  const channel: OpenChannel<In, Out> = {
    name,
    definition,

    async publish(message) {
      if (ended) throw ended
      const body = encode(message, 'invalid-message', 'the message')
      if (body.length > MAX_PAYLOAD_BYTES) {
        throw new MqError(
          'payload-too-large',
          `the message has ${body.length} characters, more than ${MAX_PAYLOAD_BYTES}`,
        )
      }
      if (schema !== undefined) {
        await parse(schema, decode(body, 'invalid-message', 'the message'), 'invalid-message', 'the message')
      }
      return publisher.add(body, body.length)
    },

    subscribe: (handler, options = {}) => subscribe(handler, options, () => undefined),

    messages: (options = {}) => messagesOf(subscribe, options),

    async consume(group, handler, options = {}) {
      if (ended) throw ended
      checkName('group', group)
      return consumeGroup(parts, group, handler, options)
    },

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
