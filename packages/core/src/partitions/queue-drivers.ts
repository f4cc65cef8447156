import type { QueueDefinition } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { Storage } from '../ports/adapter.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import type { Services } from '../services/services.ts'
import { pause } from '../waiting/pause.ts'
import { FollowingQueue } from './following-queue.ts'
import { PartitionedQueue } from './partitioned-queue.ts'
import type { PartitionedParts } from './partitioned-parts.ts'

type Driver = QueueDriver & QueueAdmin

/** The drivers of a broker's queues: those of the adapter, or one over those of the partitions. */
export class QueueDrivers {
  readonly #storage: Storage
  readonly #services: Pick<Services, 'clock' | 'onError' | 'closed'>
  /** Whose definitions say so. */
  readonly #partitioned = new Map<string, PartitionedQueue>()
  /** Those by name that have some. */
  readonly #following = new Map<string, FollowingQueue>()
  readonly #all: PartitionedQueue[] = []

  constructor(storage: Storage, services: Pick<Services, 'clock' | 'onError' | 'closed'>) {
    this.#storage = storage
    this.#services = services
  }

  /** Throws `unsupported` where the adapter has no partitions. */
  of({ name, inbox, partitions }: QueueDefinition<any, any, any, any>): Driver {
    return partitions > 1 ? this.#over(name, partitions) : this.#storage.queue(name, inbox && { inbox })
  }

  /** Of a queue that is used without a definition: whether it has partitions shows when it is called. */
  named(name: string): Driver {
    const known = this.#partitioned.get(name) ?? this.#following.get(name)
    if (known !== undefined) return known
    const plain = this.#storage.queue(name)
    if (this.#storage.widths === undefined) return plain
    const queue: FollowingQueue = new FollowingQueue(plain, (partitions) => {
      this.#following.set(name, queue)
      return this.#opened(name, partitions, { observes: true })
    })
    return queue
  }

  /** No worker works any more: waits for what they settled in partitions that did not answer yet. */
  async close(endAt: number): Promise<void> {
    if (this.#all.length === 0) return
    const { clock } = this.#services
    const settled = Promise.allSettled(this.#all.map((queue) => queue.close()))
    await Promise.race([settled, pause(clock, Math.max(0, endAt - clock.now()), this.#services.closed)])
  }

  #over(name: string, of: number): PartitionedQueue {
    const known = this.#partitioned.get(name)
    if (known?.wanted === of) return known
    const driver = this.#opened(name, of)
    this.#partitioned.set(name, driver)
    return driver
  }

  #opened(name: string, of: number, more: { readonly observes?: boolean } = {}): PartitionedQueue {
    const driver = partitionedQueue(this.#storage, name, of, this.#services, more)
    this.#all.push(driver)
    return driver
  }
}

/** Throws `unsupported` where the storage has no partitions. */
export function partitionedQueue(
  storage: Storage,
  queue: string,
  of: number,
  services: Pick<Services, 'clock' | 'onError'> & { readonly closed?: AbortSignal | undefined },
  more: Pick<PartitionedParts, 'observes' | 'spread' | 'begin' | 'sharedBy' | 'passOnMs' | 'looksAtAll'> = {},
): PartitionedQueue {
  const { widths } = storage
  if (widths === undefined) throw new MqError('unsupported', `this adapter has no partitions (queue ${queue})`)
  const open: PartitionedParts['open'] = (partition) => storage.queue(queue, { partition })
  const { clock, onError, closed } = services
  return new PartitionedQueue({ queue, of, open, widths, clock, onError, closed, ...more })
}
