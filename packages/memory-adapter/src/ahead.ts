import type { AheadMessage, GroupTurn } from '@mq/core/adapter'
import { MAX_AHEAD } from '@mq/core/adapter'
import type { GroupState } from './group-state.ts'
import { KeyOrder } from './key-order.ts'
import { deliveryOf } from './message-log.ts'

/** What is read ahead at once, beside its first message. */
const MOST_BYTES = 62_000

/** Puts messages in their places whose keys a member tells: those that came back without one, and those that follow. */
export function placeByKey(group: GroupState, { order: told }: GroupTurn): void {
  if (told === undefined) return
  const order = (group.order ??= new KeyOrder())
  for (const { id, key } of told.keys) {
    const n = Number(id)
    if (group.unnamed.delete(n)) order.add(n, key, true)
    else if (n > group.read && group.unnamed.size === 0) {
      const message = group.channel.log.after(group.read)
      if (message === undefined || message.n < n) return
      // Else it was dropped since it was read ahead.
      if (message.n > n) continue
      group.readUpTo(n)
      order.add(n, key, false)
    }
  }
}

/** Messages without a key, where fewer are left to be given than the turn wanted. */
export function readAhead(group: GroupState, { want, maxBytes, order }: GroupTurn): readonly AheadMessage[] {
  if (order === undefined || group.paused || !group.readsOn) return []
  if (group.order === undefined || group.order.size >= want) return []
  const ahead: AheadMessage[] = []
  let bytes = 0
  const add = (id: number, payload: string): boolean => {
    bytes += Buffer.byteLength(payload)
    if (ahead.length > 0 && (ahead.length === MAX_AHEAD || bytes > Math.min(maxBytes, MOST_BYTES))) return false
    ahead.push({ id: String(id), payload })
    return true
  }
  for (const { n, payload } of group.unnamed.values()) if (!add(n, payload)) return ahead
  const { log, position } = group.channel
  let after = group.read
  for (;;) {
    const message = log.after(after)
    if (message === undefined) return ahead
    const { n, body } = message
    if (!add(n, deliveryOf({ epoch: position.epoch, n }, body))) return ahead
    after = n
  }
}
