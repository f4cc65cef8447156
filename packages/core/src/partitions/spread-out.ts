import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'

/** Some of a list that one partition gets. */
export interface Portion<Item> {
  readonly port: PartitionPort
  readonly items: Item[]
  /** Where each of them was. */
  readonly positions: number[]
}

/** What each partition gets of a list, in its order. */
export function portionsOf<Given, Item>(
  all: readonly Given[],
  placeOf: (given: Given) => readonly [port: PartitionPort, item: Item],
): Portion<Item>[] {
  const portions = new Map<PartitionPort, Portion<Item>>()
  all.forEach((given, position) => {
    const [port, item] = placeOf(given)
    let portion = portions.get(port)
    if (portion === undefined) portions.set(port, (portion = { port, items: [], positions: [] }))
    portion.items.push(item)
    portion.positions.push(position)
  })
  return [...portions.values()]
}

/** The same of what names tasks by their numbers. `ownOf`: with the number as its partition has it. */
export function portionsByNumber<Given, Item>(
  all: readonly Given[],
  partitions: Partitions,
  numberOf: (given: Given) => string,
  ownOf: (given: Given, own: string) => Item,
): Portion<Item>[] {
  return portionsOf(all, (given) => {
    const { port, own } = partitions.placeOfNumber(numberOf(given))
    return [port, ownOf(given, own)]
  })
}

/** Asks each partition for its portion, and puts the answers where their questions were. */
export async function gathered<Item, Answer>(
  portions: readonly Portion<Item>[],
  ask: (port: PartitionPort, items: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  await Promise.all(
    portions.map(async ({ port, items, positions }) => {
      const some = await ask(port, items)
      positions.forEach((position, i) => (answers[position] = some[i]!))
    }),
  )
  return answers
}
