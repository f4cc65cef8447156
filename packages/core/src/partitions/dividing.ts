import { MqError } from '../errors.ts'
import { dividedAnew, layoutText, withoutEmpty } from '../ports/layout.ts'
import type { Generation, Layout } from '../ports/layout.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueSharing } from '../ports/queue-limits.ts'
import type { Widths } from '../ports/widths.ts'
import type { PartitionPort } from './partition-port.ts'
import { areWhole } from './partitioned-limits.ts'
import type { Partitions } from './partitions.ts'

/** Others may divide it at the same time. */
const MOST_TRIES = 20

export interface DividingParts {
  readonly queue: string
  readonly widths: Widths
  readonly partitions: Partitions
  readonly open: (made: Generation) => readonly PartitionPort[]
  readonly adopt: (layout: Layout) => void
}

/** How a queue is divided. */
export interface Division {
  readonly partitions: number
  /** Of those that it was divided into before, newest first, that have something yet. */
  readonly former: readonly number[]
}

/**
 * Gives a queue another number of partitions while it is used. First the new layout is put in the place of the old one:
 * from then on new tasks go to new partitions, and those of before are asked for what they know. Then these are sealed,
 * so that who does not know of it learns it. Each step may be the last of a process: any other goes on from there.
 */
export class Dividing {
  readonly #parts: DividingParts

  constructor(parts: DividingParts) {
    this.#parts = parts
  }

  async divide(of: number): Promise<Division> {
    const { partitions } = this.#parts
    for (let tries = 0; partitions.current.length !== of; tries++) {
      if (tries === MOST_TRIES) throw new MqError('unavailable', `others change the partitions of ${this.#parts.queue}`)
      await this.#publish(of)
    }
    // A pause that came in between was of the former ones.
    if (await isPaused(partitions.former)) await pause(partitions.current)
    await this.retire()
    const [{ of: now }, ...former] = partitions.layout.generations
    return { partitions: now, former: former.map((generation) => generation.of) }
  }

  /** Seals what is former, and forgets what has nothing any more. */
  async retire(): Promise<void> {
    const { adopt, partitions, queue, widths } = this.#parts
    const { layout } = partitions
    const empty: Generation[] = []
    for (const generation of layout.generations.slice(1)) {
      const ports = partitions.former.filter(({ made }) => made === generation.made)
      const replies = await Promise.all(ports.map((port) => port.apply({ kind: 'retire' })))
      if (replies.every(({ changed }) => changed > 0)) empty.push(generation)
    }
    if (empty.length === 0) return
    const decided = await widths.change(queue, layout, withoutEmpty(layout, empty))
    if (decided !== undefined && layoutText(decided) !== layoutText(partitions.layout)) adopt(decided)
  }

  async #publish(of: number): Promise<void> {
    const { adopt, open, partitions, queue, widths } = this.#parts
    const { layout, current } = partitions
    const first = current[0]!
    const { readAt } = await first.inspect({ n: '0' }, undefined)
    const after = dividedAnew(layout, of, Math.floor(readAt / 1_000))
    if (after === undefined) {
      const former = layout.generations.slice(1).map((generation) => generation.of)
      const why = `its former partitions (${former.join(', ')}) have tasks, dead letters, results or schedules yet`
      throw new MqError('partitions-busy', `queue ${queue} cannot get ${of} partitions now: ${why}`, {
        details: { partitions: current.length, former },
      })
    }
    const fresh = open(after.generations[0])
    await copyLimits(first, fresh)
    if (await isPaused(current)) await pause(fresh)
    const decided = await widths.change(queue, layout, after)
    if (decided !== undefined) adopt(decided)
  }
}

/** Throws `unsupported`: a share of what is left over cannot be had before the former partitions give it back. */
async function copyLimits(from: PartitionPort, to: readonly PartitionPort[]): Promise<void> {
  const sharing = from.driver as QueueAdmin & Partial<QueueSharing>
  if (sharing.limits === undefined) return
  const { defined, override } = await sharing.limits()
  if (areWhole(defined) || areWhole(override)) {
    throw new MqError(
      'unsupported',
      'a queue with limits.concurrency or limits.rate keeps its number of partitions: remove these limits first',
    )
  }
  if (override === undefined) return
  await Promise.all(
    to.map(async ({ driver }) => {
      const its = driver as QueueAdmin & QueueSharing
      const { version } = await its.limits()
      await its.setLimits({ override, version })
    }),
  )
}

async function isPaused(ports: readonly PartitionPort[]): Promise<boolean> {
  const all = await Promise.all(ports.map(({ driver }) => driver.stats()))
  return all.some(({ paused }) => paused)
}

async function pause(ports: readonly PartitionPort[]): Promise<void> {
  await Promise.all(ports.map((port) => port.apply({ kind: 'pause' })))
}
