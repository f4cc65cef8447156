import { Feed } from '../calls/feed.ts'
import type { ChannelSubscription, Message, MessageHandler, MessagesOptions } from './channel.ts'

type Subscribe<Out> = (
  handler: MessageHandler<Out>,
  options: MessagesOptions,
  onEnd: (error: Error) => void,
) => Promise<ChannelSubscription>

/**
 * A subscription as an iterable: the subscriber's own buffer holds what the loop has not taken yet. Aborting ends it;
 * closing the broker makes it throw `closed`.
 */
export function messagesOf<Out>(
  subscribe: Subscribe<Out>,
  { signal, ...options }: MessagesOptions,
): AsyncIterableIterator<Message<Out>, undefined> {
  return new Feed<Message<Out>>(async (feed) => {
    signal?.throwIfAborted()
    let release = (): void => undefined
    const offer = (message: Message<Out>): Promise<void> =>
      new Promise<void>((taken) => {
        release = taken
        feed.offer(() => {
          taken()
          return message
        })
      })
    const subscription = await subscribe(offer, { ...options, signal }, (error) => feed.fail(error))
    const onAbort = (): void => feed.end()
    signal?.addEventListener('abort', onAbort)
    return async () => {
      signal?.removeEventListener('abort', onAbort)
      release()
      await subscription.close()
    }
  })
}
