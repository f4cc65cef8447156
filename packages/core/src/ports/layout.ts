/** Partitions that were made at once: a task that is new is in one of those that were made last. */
export interface Generation {
  /** How many they are. */
  readonly of: number
  /** The place of the first; the others follow it. */
  readonly from: number
  /** The revision that it was made with: no two of a name have the same, also where it was obliterated in between. */
  readonly made: number
}

/** How a queue is divided. */
export interface Layout {
  /**
   * The time of the change by the storage's clock, s since 1970, and more than that of the layout before: of two
   * layouts of a name the later one counts. 0: only wanted, see `Widths.claim`.
   */
  readonly revision: number
  /** The first has what is new. The others, newest first, keep what they have until it has ended. */
  readonly generations: readonly [Generation, ...Generation[]]
  /** Other numbers that it had: definitions with these are of this queue, too. */
  readonly was: readonly number[]
}

/** The most partitions that new tasks are spread over. */
export const MAX_PARTITIONS = 64
/** Places of partitions: their numbers have two digits. */
export const MAX_PLACES = 100
/** The most generations at once. */
const MAX_GENERATIONS = 4
/** So many earlier numbers are known. */
const MOST_WAS = 16

const TEXT =
  /^p(\d{1,2}(?:v\d{1,15}@\d{1,2}(?:\+\d{1,2}v\d{1,15}@\d{1,2})*)?)(?:\/(\d{1,2}(?:\.\d{1,2})*))?(?:#(\d{1,15}))?$/

/** As a definition wants it; `madeS`: as it is decided, at this time by the storage's clock, s. */
export function firstLayout(of: number, madeS = 0): Layout {
  return { revision: madeS, generations: [{ of, from: 0, made: madeS }], was: [] }
}

/** Nothing came before it. */
export function isFirst({ revision, generations, was }: Layout): boolean {
  return generations.length === 1 && generations[0].made === revision && was.length === 0
}

/**
 * As it is stored: `p8v1796100000@0#1796100000`, and after a change `p16v1796200000@8+8v1796100000@0/8#1796200000`.
 */
export function layoutText({ revision, generations, was }: Layout): string {
  const [{ of }] = generations
  if (revision === 0) return `p${of}`
  const all = generations.map((each) => `${each.of}v${each.made}@${each.from}`).join('+')
  return `p${all}${was.length === 0 ? '' : `/${was.join('.')}`}#${revision}`
}

export function areSameLayouts(one: Layout, other: Layout): boolean {
  return layoutText(one) === layoutText(other)
}

/** Undefined: it is none. */
export function parseLayout(text: string): Layout | undefined {
  const [, all, was = '', revision = '0'] = TEXT.exec(text) ?? []
  if (all === undefined) return undefined
  const generations = all.split('+').map((each): Generation => {
    const [of = 0, made = 0, from = 0] = each.split(/[v@]/).map(Number)
    return { of, from, made }
  })
  const isRight = generations.every(({ of, from }) => of >= 1 && of <= MAX_PARTITIONS && from + of <= MAX_PLACES)
  const [first, ...others] = generations
  if (!isRight || first === undefined || generations.length > MAX_GENERATIONS) return undefined
  return {
    revision: Number(revision),
    generations: [first, ...others],
    was: was === '' ? [] : was.split('.').map(Number),
  }
}

/** Whether a definition with this number is of this queue. */
export function isNumberOf({ generations, was }: Layout, wanted: number): boolean {
  return generations.some(({ of }) => of === wanted) || was.includes(wanted)
}

/**
 * What it is with so many partitions; undefined: there is no place until an earlier generation has run empty. `atS`:
 * the time by the storage's clock, s, so that one of a queue that was made anew is later.
 */
export function dividedAnew(layout: Layout, of: number, atS: number): Layout | undefined {
  const { generations } = layout
  if (generations.length >= MAX_GENERATIONS) return undefined
  const made = Math.max(layout.revision + 1, atS)
  // Behind the present ones first: who knows less than others may mean by a place what was there before.
  const [present] = generations
  const behind = present.from + present.of
  const all = [0, ...generations.map((each) => each.from + each.of)].sort((one, other) => one - other)
  const froms = [...all.filter((each) => each >= behind), ...all.filter((each) => each < behind)]
  const from = froms.find((first) => {
    const isFree = generations.every((each) => first + of <= each.from || each.from + each.of <= first)
    return isFree && first + of <= MAX_PLACES
  })
  if (from === undefined) return undefined
  const was = [...new Set([generations[0].of, ...generations.map((each) => each.of), ...layout.was])]
  return {
    revision: made,
    generations: [{ of, from, made }, ...generations],
    was: was.filter((number) => number !== of).slice(0, MOST_WAS),
  }
}

/** Without earlier generations that have nothing any more. */
export function withoutEmpty(layout: Layout, empty: readonly Generation[]): Layout {
  const [current, ...others] = layout.generations
  const left = others.filter(({ made }) => empty.every((each) => each.made !== made))
  return { ...layout, revision: layout.revision + 1, generations: [current, ...left] }
}
