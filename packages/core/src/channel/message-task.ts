import type { BodyForm } from './channel-parts.ts'
import type { Message } from './channel.ts'

/** A message as a group delivers it: "epoch n body". */
export function readMessage<Out>(
  channel: string,
  read: BodyForm<Out>['read'],
  text: string,
): Message<Out> | Promise<Message<Out>> {
  const afterEpoch = text.indexOf(' ')
  const afterN = text.indexOf(' ', afterEpoch + 1)
  const { headers, payload } = read(text.slice(afterN + 1))
  const epoch = text.slice(0, afterEpoch)
  const n = Number(text.slice(afterEpoch + 1, afterN))
  if (payload instanceof Promise) return payload.then((parsed) => ({ channel, payload: parsed, headers, epoch, n }))
  return { channel, payload, headers, epoch, n }
}

/** What was published, of a message as a group delivers it; undefined when it is of another form. */
export function bodyOf(text: string): string | undefined {
  return /^\S+ \d+ ([^]*)$/.exec(text)?.[1]
}
