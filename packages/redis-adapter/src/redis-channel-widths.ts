import type { Widths } from '@mq/core/adapter'
import { channelWidthKeysOf } from './keys.ts'
import type { Participant } from './participant.ts'
import { createRedisWidths } from './redis-widths.ts'

/**
 * How many partitions channels have: the layout of the channel without partitions, as that of a queue, and by the same
 * scripts, on the keys of a channel.
 */
export function createRedisChannelWidths(participant: Participant): Widths {
  return createRedisWidths({
    keys: { of: (script, channel) => channelWidthKeysOf(participant.prefix, channel, script.parts) },
    evaluate: (script, keys, args) => participant.evaluate(script, keys, args),
    evaluateDurably: (script, keys, args) => participant.evaluateDurably(script, keys, args),
    call: (verb, key, args) => participant.call(verb, key, args),
  })
}
