import { areSameLayouts, firstLayout } from '../ports/layout.ts'
import type { Generation, Layout } from '../ports/layout.ts'
import type { Partition } from '../ports/plain.ts'
import type { TaskRef } from '../ports/task-ref.ts'
import type { QueueAdmin } from '../ports/queue-admin.ts'
import type { QueueDriver } from '../ports/queue-driver.ts'
import { PartitionPort } from './partition-port.ts'
import type { PortParts } from './partition-port.ts'
import { homeOf, placeOfLease, placeOfNumber } from './places.ts'

/** What is at no place that is known: some partition, which does not know it. */
const UNKNOWN = '0'

interface Opening {
  readonly open: (partition: Partition) => QueueDriver & QueueAdmin
  /** As of `PartitionPort`. */
  readonly stored: (index: number) => void
}

export interface PartitionsParts extends Opening {
  readonly layout: Layout
}

export function portsOf({ of, from, made }: Generation, { open, stored }: Opening): PartitionPort[] {
  return Array.from({ length: of }, (_, position) => {
    const index = from + position
    const opening: PortParts['open'] = (since) => open({ index: position, of, made: since, place: index })
    return new PartitionPort({ open: opening, index, position, of, made, stored })
  })
}

/** Partitions whose number never changes: those of a channel. */
export function fixedPartitions(
  drivers: readonly (QueueDriver & QueueAdmin)[],
  stored: (index: number) => void,
): Partitions {
  return new Partitions({ layout: firstLayout(drivers.length), open: ({ index }) => drivers[index]!, stored })
}

/**
 * The partitions of a queue, by their places. Those of the current generation get what is new; those of former ones
 * keep what they have until it has ended, and so may a key that has tasks there.
 */
export class Partitions {
  readonly #opening: Opening
  #layout: Layout
  /** By generation. */
  #ports = new Map<number, readonly PartitionPort[]>()
  #all: readonly PartitionPort[] = []
  #byPlace = new Map<number, PartitionPort>()

  constructor({ layout, ...opening }: PartitionsParts) {
    this.#layout = layout
    this.#opening = opening
    this.adopt(layout)
  }

  get layout(): Layout {
    return this.#layout
  }

  /** In the order of their places. */
  get all(): readonly PartitionPort[] {
    return this.#all
  }

  get current(): readonly PartitionPort[] {
    return this.#of(this.#layout.generations[0])
  }

  get former(): readonly PartitionPort[] {
    return this.#layout.generations.slice(1).flatMap((generation) => this.#of(generation))
  }

  get hasFormer(): boolean {
    return this.#layout.generations.length > 1
  }

  isSame(layout: Layout): boolean {
    return areSameLayouts(layout, this.#layout)
  }

  at(place: number): PartitionPort | undefined {
    return this.#byPlace.get(place)
  }

  /** Where what has this name is stored, if no former generation knows it. */
  home(name: string): PartitionPort {
    return homeAmong(this.current, name)
  }

  /** Where what has this name may be: its home in each generation, the newest first. */
  homes(name: string): PartitionPort[] {
    return this.#layout.generations.map((generation) => homeAmong(this.#of(generation), name))
  }

  placeOfNumber(n: string): { readonly port: PartitionPort; readonly own: string } {
    const place = placeOfNumber(n)
    const port = place && this.at(place.index)
    return port === undefined ? { port: this.#all[0]!, own: UNKNOWN } : { port, own: place!.own }
  }

  placeOfLease(lease: string): PartitionPort {
    const place = placeOfLease(lease)
    return (place && this.at(place.index)) ?? this.#all[0]!
  }

  /** Where a task is looked for first. */
  placeOfTask(task: TaskRef): PartitionPort {
    return 'id' in task ? this.home(task.id) : this.placeOfNumber(task.n).port
  }

  /** Whether it is a number of a partition that is not known here. */
  isElsewhere(n: string): boolean {
    const place = placeOfNumber(n)
    return place !== undefined && !this.#byPlace.has(place.index)
  }

  /** Returns the partitions that are new, and those that are none of the queue any more. */
  adopt(layout: Layout): { readonly added: readonly PartitionPort[]; readonly gone: readonly PartitionPort[] } {
    if (this.#layout.revision === 0) this.#decided(layout)
    const before = this.#ports
    const added: PartitionPort[] = []
    this.#layout = layout
    this.#ports = new Map(
      layout.generations.map((generation) => {
        const { of, from, made } = generation
        const known = before.get(made)
        if (known?.length === of && known[0]!.index === from) return [made, known]
        const ports = portsOf(generation, this.#opening)
        added.push(...ports)
        return [made, ports]
      }),
    )
    this.#all = [...this.#ports.values()].flat().sort((one, other) => one.index - other.index)
    this.#byPlace = new Map(this.#all.map((port) => [port.index, port]))
    const gone = [...before.values()].flat().filter((port) => this.at(port.index) !== port)
    return { added, gone }
  }

  /** Those that were wanted are what was decided, if they are among it. */
  #decided({ generations }: Layout): void {
    const wanted = this.#ports.get(0)
    const decided = generations.find(({ of, from }) => from === 0 && of === wanted?.length)
    if (wanted === undefined || decided === undefined) return
    for (const port of wanted) port.decided(decided.made)
    this.#ports = new Map([[decided.made, wanted]])
  }

  #of({ made }: Generation): readonly PartitionPort[] {
    return this.#ports.get(made)!
  }
}

function homeAmong(ports: readonly PartitionPort[], name: string): PartitionPort {
  return ports[homeOf(name, ports.length)]!
}
