import { MqError } from '../errors.ts'

/** `has`: how many partitions a channel has, 1 for none; `wanted`: with how many it was used. */
export function channelPartitionsDiffer(channel: string, has: number, wanted: number): MqError {
  const words = (count: number): string => (count === 1 ? 'no partitions' : `${count} partitions`)
  return new MqError(
    'partitions-differ',
    `channel ${channel} has ${words(has)}, and was used with ${words(wanted)}: nothing was done`,
    { details: { channel, partitions: has, wanted } },
  )
}
