import { MqError } from '@mq/core/adapter'
import type { Inbox } from '@mq/core/adapter'
import { tagOf } from './cluster/slot.ts'

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

function refused(message: string): MqError {
  return new MqError('invalid-inbox', message)
}
