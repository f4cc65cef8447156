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
