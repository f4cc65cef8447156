// Positions of a channel with partitions: the epoch says the partition, so one position never stands for two messages.
import type { ChannelPosition } from '../../ports/channel-position.ts'

/** Behind the epoch of a partition: which one it is, of how many. At most 7 characters. */
const PLACE = /^(.+)-p(\d{1,2})of(\d{1,2})$/

export function epochAt(epoch: string, index: number, of: number): string {
  return `${epoch}-p${index}of${of}`
}

/** Of a position: its partition, and as that has it. Undefined where it is of another channel, or from before. */
export function placeOfPosition(
  { epoch, n }: ChannelPosition,
  of: number,
): { readonly index: number; readonly own: ChannelPosition } | undefined {
  const [, own, index, others] = PLACE.exec(epoch) ?? []
  if (own === undefined || Number(others) !== of || Number(index) >= of) return undefined
  return { index: Number(index), own: { epoch: own, n } }
}
