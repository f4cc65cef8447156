import { adoptRejection } from '../values/adopt-rejection.ts'
import { limited } from '../waiting/limit.ts'
import { onAbort } from '../waiting/on-abort.ts'
import type { Services } from '../services/services.ts'
import { checkFunction, checkOptions, checkSignal, show } from '../define/check.ts'
import { toError } from '../errors.ts'
import type { BodyForm } from './channel-parts.ts'
import { bufferPolicy } from './buffer-policy.ts'
import type { ChannelSubscription, Gap, MessageHandler, SubscribeOptions } from './channel.ts'
import type { Ear } from './ears.ts'
import type { Arrived } from './message-buffer.ts'
import { Subscriber } from './subscriber.ts'

/** What subscribers are added to: the hub of a channel or of a pattern. */
export interface SubscriptionSource<Out> {
  /** For logs and errors. */
  readonly name: string
  readonly read: BodyForm<Out>['read']
  readonly services: Services
  readonly hub: { add(ear: Ear): Promise<void>; remove(ear: Ear): Promise<void> }
  /** Throws once the broker is closed. */
  readonly assertOpen: () => void
  readonly onMalformed: (message: Arrived, error: Error) => void
}

type Options = Omit<SubscribeOptions, 'onGap'> & { readonly onGap?: ((gap: never) => void) | undefined }
/** A gap as it is passed to `onGap`. */
type ShownGap = (gap: Gap, channel: string | undefined) => Gap

const OPTIONS: readonly (keyof SubscribeOptions)[] = ['onGap', 'onEnd', 'buffer', 'signal']

/** Adds a subscriber. It ends by `close()`, at its signal, with the broker, or because it was too slow. */
export async function openSubscription<Out>(
  { name, read, services, hub, assertOpen, onMalformed }: SubscriptionSource<Out>,
  handler: MessageHandler<Out>,
  given: Options,
  shown: ShownGap,
): Promise<ChannelSubscription> {
  assertOpen()
  if (typeof handler !== 'function') throw new TypeError(`subscribe takes a handler function, not ${show(handler)}`)
  const options = checkOptions('subscribe', given, OPTIONS)
  if (options.onGap !== undefined) checkFunction('onGap', options.onGap)
  if (options.onEnd !== undefined) checkFunction('onEnd', options.onEnd)
  const signal = checkSignal('signal', options.signal)
  signal?.throwIfAborted()
  const buffer = bufferPolicy(options.buffer)

  const surface = (thrown: unknown): void => services.onError(toError(thrown))
  const { onEnd: ended, onGap: missed } = options
  const onGap = (gap: Gap, channel: string | undefined): unknown => missed?.(shown(gap, channel) as never)
  const onEnd = (error: Error): void => {
    close().catch(surface)
    try {
      adoptRejection(ended?.(error) as unknown, surface)
    } catch (thrown) {
      surface(thrown)
    }
  }
  const subscriber = new Subscriber({ source: name, read, services, handler, onGap, onMalformed, buffer, onEnd })
  const close = async (): Promise<void> => {
    withdraw()
    // At once: a loop that was left takes no further message, so whoever handed it one would wait for ever.
    const ended = subscriber.close()
    await hub.remove(subscriber)
    await ended
  }
  const withdraw = onAbort(signal, () => void close().catch(surface))
  try {
    await limited(hub.add(subscriber), { clock: services.clock, signal })
    assertOpen()
  } catch (error) {
    await close()
    throw error
  }
  return { close, stats: () => subscriber.stats(), [Symbol.asyncDispose]: close }
}
