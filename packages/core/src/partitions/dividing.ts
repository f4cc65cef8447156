import { MqError } from '../errors.ts'
import { dividedAnew, MAX_PARTITIONS, withoutEmpty } from '../ports/layout.ts'
import type { Generation, Layout } from '../ports/layout.ts'
import type { Widths } from '../ports/widths.ts'
import type { PartitionPort } from './partition-port.ts'
import type { PartitionedLimits } from './partitioned-limits.ts'
import type { Partitions } from './partitions.ts'
import type { Pausing } from './pausing.ts'

/** Others may divide it at the same time. */
const MOST_TRIES = 20

export interface DividingParts {
  readonly queue: string
  readonly widths: Widths
  readonly partitions: Partitions
  readonly pausing: Pausing
  readonly limits: PartitionedLimits | undefined
  readonly open: (made: Generation) => readonly PartitionPort[]
  readonly adopt: (layout: Layout) => void
  /** Looks whether there are other partitions. */
  readonly lookAgain: () => Promise<boolean>
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
 * so that who does not know of it learns it. Orders to the whole queue are carried to the new partitions before anybody
 * knows of these, and once more after that: whoever gave one to the former ones alone was done before, or looks again
 * and gives it to the new ones, too. Each step may be the last of a process: any other goes on from there.
 */
export class Dividing {
  readonly #parts: DividingParts

  constructor(parts: DividingParts) {
    this.#parts = parts
  }

  async divide(of: number): Promise<Division> {
    const { partitions } = this.#parts
    // There may be more room then.
    if (partitions.current.length !== of) await this.#goOn()
    for (let tries = 0; partitions.current.length !== of; tries++) {
      if (tries === MOST_TRIES) throw new MqError('unavailable', `others change the partitions of ${this.#parts.queue}`)
      await this.#publish(of)
    }
    await this.#goOn()
    const [{ of: now }, ...former] = partitions.layout.generations
    return { partitions: now, former: former.map((generation) => generation.of) }
  }

  /** All that another process may have left to be done. */
  async goOn(): Promise<void> {
    await this.#parts.lookAgain()
    await this.#goOn()
  }

  async #goOn(): Promise<void> {
    if (!this.#parts.partitions.hasFormer || !(await this.#isThere())) return
    await this.#carry([])
    await this.#retire()
  }

  /** Seals what is former, and forgets what has nothing any more. */
  async #retire(): Promise<void> {
    const { adopt, partitions, queue, widths } = this.#parts
    const { layout } = partitions
    const empty: Generation[] = []
    for (const generation of layout.generations.slice(1)) {
      const ports = partitions.former.filter(({ made }) => made === generation.made)
      const replies = await Promise.all(ports.map((port) => port.apply({ kind: 'retire' })))
      if (replies.every(({ changed }) => changed > 0)) empty.push(generation)
    }
    if (empty.length === 0 || !(await this.#isThere())) return
    const decided = await widths.change(queue, layout, withoutEmpty(layout, empty))
    if (decided !== undefined && !partitions.isSame(decided)) adopt(decided)
  }

  /** Whether the queue is divided as is known here: it may be obliterated, and nothing of it may come back. */
  async #isThere(): Promise<boolean> {
    const { partitions, queue, widths } = this.#parts
    const { layout, released } = await widths.mark(queue, partitions.layout, [])
    return layout !== undefined && !released && partitions.isSame(layout)
  }

  /** Whatever was said to the whole queue is known in all partitions, also in these. */
  async #carry(fresh: readonly PartitionPort[]): Promise<void> {
    const { limits, pausing } = this.#parts
    await Promise.all([pausing.carry(fresh), limits?.carry(fresh)])
  }

  async #publish(of: number): Promise<void> {
    const { adopt, limits, open, partitions, queue, widths } = this.#parts
    const { layout, current } = partitions
    const { readAt } = await current[0]!.inspect({ n: '0' }, undefined)
    const after = dividedAnew(layout, of, Math.floor(readAt / 1_000))
    if (after === undefined) throw partitionsBusy(queue, layout, of)
    await limits?.refuseDivision()
    const [made] = after.generations
    const fresh = open(made)
    await this.#carry(fresh)
    const decided = await widths.change(queue, layout, after)
    if (decided !== undefined) adopt(decided)
    // Another was faster, and what was carried there would stay for ever.
    const isTheirs = decided?.generations.some((each) => each.made === made.made && each.of === made.of)
    if (isTheirs !== true) await Promise.all(fresh.map((port) => port.apply({ kind: 'obliterate', force: true })))
  }
}

/** `possible`: up to so many partitions find room now, 0 for none. */
function partitionsBusy(queue: string, layout: Layout, of: number): MqError {
  const [{ of: partitions }, ...others] = layout.generations
  const former = others.map((generation) => generation.of)
  let possible = MAX_PARTITIONS
  while (possible > 1 && dividedAnew(layout, possible, 0) === undefined) possible--
  if (possible === 1) possible = 0
  const why =
    former.length > 0
      ? `its former partitions (${former.join(', ')}) have tasks, dead letters, results or schedules yet`
      : `its ${partitions} partitions lie so that more than ${possible} find no room beside them: divide it into fewer, and then again`
  return new MqError('partitions-busy', `queue ${queue} cannot get ${of} partitions now: ${why}`, {
    details: { partitions, former, possible },
  })
}
