import type { PartitionPort } from './partition-port.ts'
import { PartitionTurns } from './partition-turns.ts'
import type { TurnsParts } from './partition-turns.ts'

/** The turns at the partitions of a queue, by their places. */
export class TurnsByPlace {
  readonly #parts: Omit<TurnsParts, 'port'>
  readonly #byPlace = new Map<number, PartitionTurns>()
  /** What is open at those that are gone. */
  readonly #gone = new Set<PartitionTurns>()
  #places: readonly number[] = []

  constructor(parts: Omit<TurnsParts, 'port'>) {
    this.#parts = parts
  }

  /** Ascending. */
  get places(): readonly number[] {
    return this.#places
  }

  at(index: number): PartitionTurns | undefined {
    return this.#byPlace.get(index)
  }

  moved(added: readonly PartitionPort[], gone: readonly PartitionPort[]): void {
    for (const { index } of gone) {
      const turns = this.#byPlace.get(index)
      this.#byPlace.delete(index)
      if (turns?.away) this.#gone.add(turns)
    }
    for (const port of added) this.#byPlace.set(port.index, new PartitionTurns({ ...this.#parts, port }))
    this.#places = [...this.#byPlace.keys()].sort((one, other) => one - other)
  }

  /** Resolves when what was left open is known, or nothing is repeated any more; of one worker: of its lanes. */
  async settled(worker?: string): Promise<void> {
    await Promise.all([...this.#byPlace.values(), ...this.#gone].map((turns) => turns.settled(worker)))
  }
}
