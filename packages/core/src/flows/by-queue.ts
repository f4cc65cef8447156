/** Each queue's own, in their order. */
export function byQueue<T>(items: readonly T[], queueOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const queue = queueOf(item)
    const its = groups.get(queue)
    if (its === undefined) groups.set(queue, [item])
    else its.push(item)
  }
  return groups
}
