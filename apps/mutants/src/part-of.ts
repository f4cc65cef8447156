/** Of so many parts, one: `2/3` is the second of three. Each item is in one of them. Throws where it is none. */
export function partOf<Item>(all: readonly Item[], part: string): Item[] {
  const [, which, parts] = (/^(\d+)\/(\d+)$/.exec(part) ?? []).map(Number)
  if (which === undefined || parts === undefined || which < 1 || which > parts) {
    throw new Error(`--part is as 2/3, not "${part}"`)
  }
  return all.filter((_, i) => i % parts === which - 1)
}
