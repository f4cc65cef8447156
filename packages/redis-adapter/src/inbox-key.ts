import { MqError } from '@mq/core/adapter'
import type { Inbox } from '@mq/core/adapter'

/** Throws `invalid-inbox` for a key that the scripts of this queue cannot use. */
export function checkInbox({ key }: Inbox, queue: string, prefix: string, isClustered: boolean): void {
  checkForeign(key, prefix)
  if (isClustered && tagOf(key) !== queue) {
    throw refused(`in a cluster the inbox of queue ${queue} needs its hash tag, for example tasks:{${queue}}`)
  }
}

/** Throws `invalid-inbox` for a list that may be of mq itself. */
export function checkForeign(key: string, prefix: string): void {
  if (key.startsWith(`${prefix}:{`)) throw refused(`keys that begin with ${prefix}:{ are mq’s own`)
}

/** What decides in which slot a key is. */
function tagOf(key: string): string {
  const from = key.indexOf('{')
  const to = from === -1 ? -1 : key.indexOf('}', from + 1)
  return to > from + 1 ? key.slice(from + 1, to) : key
}

function refused(message: string): MqError {
  return new MqError('invalid-inbox', message)
}
