import { show } from '../define/check.ts'
import { MqError } from '../errors.ts'
import { MAX_KEY } from '../ports/limits.ts'
import { adoptRejection } from '../values/adopt-rejection.ts'
import type { BodyForm } from './channel-parts.ts'
import type { Message } from './channel.ts'
import { readMessage } from './message-task.ts'

export type KeyOfMessage<Out> = (message: Message<Out>) => string

/**
 * How a member of an ordered group reads its messages: it throws `invalid-message` also where the user's function
 * throws, or gives no key, so that the message becomes a dead letter.
 */
export function readKeyed<Out>(
  channel: string,
  read: BodyForm<Out>['read'],
  key: KeyOfMessage<Out>,
): (text: string) => Message<Out> | Promise<Message<Out>> {
  return reading(channel, read, (message) => {
    checkedKey(key, message)
    return message
  })
}

/** The key of a message as it is stored. Throws `invalid-message` where it cannot be read, or has none. */
export function keyReader<Out>(
  channel: string,
  read: BodyForm<Out>['read'],
  key: KeyOfMessage<Out>,
): (text: string) => string | Promise<string> {
  return reading(channel, read, (message) => checkedKey(key, message))
}

function reading<Out, T>(
  channel: string,
  read: BodyForm<Out>['read'],
  use: (message: Message<Out>) => T,
): (text: string) => T | Promise<T> {
  return (text) => {
    const message = readMessage(channel, read, text)
    return message instanceof Promise ? message.then(use) : use(message)
  }
}

function checkedKey<Out>(keyOf: KeyOfMessage<Out>, message: Message<Out>): string {
  let key: unknown
  try {
    key = keyOf(message)
  } catch (thrown) {
    adoptRejection(thrown, () => undefined)
    throw new MqError('invalid-message', 'the function key threw', { cause: thrown })
  }
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY) return key
  // An async function was given.
  adoptRejection(key, () => undefined)
  throw new MqError('invalid-message', `key must give a text of 1–${MAX_KEY} characters, not ${show(key)}`)
}
