import { placeOfNumber } from './places.ts'

/** Some of a list that one partition gets. */
export interface Portion<Item> {
  readonly index: number
  readonly items: Item[]
  /** Where each of them was. */
  readonly positions: number[]
}

/** What each partition gets of a list, in its order. */
export function portionsOf<Given, Item>(
  all: readonly Given[],
  placeOf: (given: Given) => readonly [index: number, item: Item],
): Portion<Item>[] {
  const portions = new Map<number, Portion<Item>>()
  all.forEach((given, position) => {
    const [index, item] = placeOf(given)
    let portion = portions.get(index)
    if (portion === undefined) portions.set(index, (portion = { index, items: [], positions: [] }))
    portion.items.push(item)
    portion.positions.push(position)
  })
  return [...portions.values()]
}

/** The same of what names tasks by their numbers. `ownOf`: with the number as its partition has it. */
export function portionsByNumber<Given, Item>(
  all: readonly Given[],
  of: number,
  numberOf: (given: Given) => string,
  ownOf: (given: Given, own: string) => Item,
): Portion<Item>[] {
  return portionsOf(all, (given) => {
    const { index, own } = placeOfNumber(numberOf(given), of)
    return [index, ownOf(given, own)]
  })
}

/** Asks each partition for its portion, and puts the answers where their questions were. */
export async function gathered<Item, Answer>(
  portions: readonly Portion<Item>[],
  ask: (index: number, items: readonly Item[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  await Promise.all(
    portions.map(async ({ index, items, positions }) => {
      const some = await ask(index, items)
      positions.forEach((position, i) => (answers[position] = some[i]!))
    }),
  )
  return answers
}
