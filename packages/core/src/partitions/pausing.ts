import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'
import type { CommandReply } from '../ports/queue-admin.ts'
import { inTime } from './in-time.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'

/** Others may give orders at the same time. */
const MOST_TRIES = 20

export interface OrderingParts {
  readonly queue: string
  readonly clock: Clock
  readonly partitions: Partitions
  /** Looks, from now on, whether there are other partitions. */
  readonly lookAgain: () => Promise<boolean>
}

/**
 * Pauses a queue, or resumes it. Each such order has a number, odd for a pause, and in each partition the highest
 * counts. So they end with the same one, whoever brings it, however often, and in whatever order: whoever gives an
 * order looks after that whether other partitions came meanwhile, and gives it to these, too; and whoever divides the
 * queue, or goes on with it, carries what was said last to where it is not known.
 */
export class Pausing {
  readonly #parts: OrderingParts

  constructor(parts: OrderingParts) {
    this.#parts = parts
  }

  async order(kind: 'pause' | 'resume'): Promise<CommandReply> {
    const { clock, lookAgain, partitions, queue } = this.#parts
    // One that does not answer keeps nobody from pausing the others.
    const lasts = await Promise.all(partitions.all.map((port) => inTime(clock, lastOf(port)).catch(() => undefined)))
    let order = numberAfter(Math.max(...lasts.map((last) => last ?? 0)), kind)
    let changed = 0
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const ports = partitions.all
      const replies = await Promise.all(ports.map((port) => port.apply({ kind, order })))
      if (replies.some((reply) => reply.changed > 0)) changed = 1
      const last = Math.max(...replies.map((reply) => reply.order ?? order))
      await lookAgain()
      if (last === order && partitions.all.every((port) => ports.includes(port))) return { changed }
      if (last > order) order = numberAfter(last, kind)
    }
    throw new MqError('unavailable', `others pause and resume queue ${queue} all the time`)
  }

  /** Takes what was said last to partitions that do not know it, also to those that are none of the queue yet. */
  async carry(fresh: readonly PartitionPort[]): Promise<void> {
    const ports = [...this.#parts.partitions.all, ...fresh]
    const known = await Promise.all(ports.map(async (port) => ({ port, last: await lastOf(port) })))
    const order = Math.max(...known.map(({ last }) => last))
    const kind = order % 2 === 1 ? 'pause' : 'resume'
    await Promise.all(known.filter(({ last }) => last < order).map(({ port }) => port.apply({ kind, order })))
  }
}

/** The number of the last order there, 0 where there was none. */
async function lastOf({ driver }: PartitionPort): Promise<number> {
  const { order, paused } = await driver.stats()
  return order ?? (paused ? 1 : 0)
}

function numberAfter(last: number, kind: 'pause' | 'resume'): number {
  const next = last + 1
  return (next % 2 === 1) === (kind === 'pause') ? next : next + 1
}
