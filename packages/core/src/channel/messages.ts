import { Feed } from '../waiting/feed.ts'
import { checkOptions, checkSignal } from '../define/check.ts'
import { onAbort } from '../waiting/on-abort.ts'
import type { ChannelSubscription, Message, MessageHandler, SubscribeOptions } from './channel.ts'

type Subscribe<Out, Options> = (handler: MessageHandler<Out>, options: Options) => Promise<ChannelSubscription>

/**
 * A subscription as an iterable: the subscriber's own buffer holds the messages that the loop has not taken yet.
 * Aborting ends it. It throws `closed` when the broker closes, and `too-slow` when the loop was too slow for a buffer
 * with `disconnect`.
 */
export function messagesOf<Out, Options extends Pick<SubscribeOptions, 'signal' | 'onEnd'>>(
  subscribe: Subscribe<Out, Options>,
  options: Omit<Options, 'onEnd'>,
): AsyncIterableIterator<Message<Out>, undefined> {
  return new Feed<Message<Out>>(async (feed) => {
    const given = checkOptions('messages', options as Options, ['onGap', 'buffer', 'signal'])
    const signal = checkSignal('signal', given.signal)
    signal?.throwIfAborted()
    let release = (): void => undefined
    const offer = (message: Message<Out>): Promise<void> =>
      new Promise<void>((taken) => {
        release = taken
        feed.offer(() => {
          if (signal?.aborted) return undefined
          taken()
          return message
        })
      })
    let withdraw = (): void => undefined
    const leave = (): void => {
      withdraw()
      release()
    }
    const onEnd = (error: Error): void => {
      feed.fail(error)
      // A loop that reads no more, or never began, would keep whoever closes waiting.
      leave()
    }
    const subscription = await subscribe(offer, { ...given, onEnd } as Options)
    withdraw = onAbort(signal, () => feed.end())
    return async () => {
      leave()
      await subscription.close()
    }
  })
}
