import { checkList, checkPage, refuseCursor } from '../ports/check-arguments.ts'
import { MAX_BATCH_BYTES } from '../ports/limits.ts'
import type { DeadTask, ListQuery } from '../ports/queue-admin.ts'
import type { ListedTask, PageQuery, TaskListing } from '../ports/task-listing.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import { placeOfNumber } from './places.ts'
import { portionsByNumber } from './spread-out.ts'

/** In front of a partition's own cursor: which one it is. */
const CURSOR = /^(\d{1,2})-(.*)$/s
/** So many letters more than its share each partition is asked for, so that pages are not short. */
const MORE = 8

/** Where pages that go through the partitions one after the other go on. */
export function cursorAt(index: number, own = ''): string {
  return `${index}-${own}`
}

/** The position among `ports` of the partition, and its own cursor. One that is gone: that of the next one. */
export function placeOfCursor(
  after: string | undefined,
  ports: readonly PartitionPort[],
): readonly [position: number, own: string | undefined] {
  if (after === undefined) return [0, undefined]
  const [, place, own = ''] = CURSOR.exec(after) ?? []
  if (place === undefined) refuseCursor()
  const position = ports.findIndex(({ index }) => index >= Number(place))
  if (position === -1) refuseCursor()
  return [position, own === '' || ports[position]!.index !== Number(place) ? undefined : own]
}

/** The partitions one after the other; of a key, those that it may be in. */
export async function pageOver(partitions: Partitions, query: PageQuery): Promise<TaskListing> {
  checkPage(query)
  if (query.key === undefined) return pageOfAll(partitions.all, query)
  const [home, ...others] = partitions.homes(query.key)
  if (others.length === 0) return home!.page(query)
  return pageOfAll(
    [home!, ...others].sort((one, other) => one.index - other.index),
    query,
  )
}

async function pageOfAll(ports: readonly PartitionPort[], query: PageQuery): Promise<TaskListing> {
  let [at, after] = placeOfCursor(query.after, ports)
  const all: ListedTask[] = []
  for (; at < ports.length; at++) {
    const port = ports[at]!
    // Only whether there are others, where the page is full or may be large.
    const isFull = all.length === query.limit || (query.payloads === true && all.length > 0)
    const asked = isFull ? { ...query, limit: 1, payloads: false } : { ...query, limit: query.limit - all.length }
    const { tasks, next } = await port.page({ ...asked, after })
    if (isFull && (tasks.length > 0 || next !== undefined)) return { tasks: all, next: cursorAt(port.index) }
    all.push(...tasks)
    if (next !== undefined) return { tasks: all, next: cursorAt(port.index, next) }
    after = undefined
  }
  return { tasks: all }
}

/** The newest of all partitions first; of one time, the partitions in their order. */
export async function listOver(partitions: Partitions, query: ListQuery): Promise<readonly DeadTask[]> {
  checkList(query)
  if (query.only !== undefined) return listOnly(partitions, query, query.only)
  const ports = partitions.all
  const limit = Math.min(query.limit, Math.ceil(query.limit / ports.length) + MORE)
  const lines = ports.map((port) => new DeadLine(port, { ...query, limit }))
  const all: DeadTask[] = []
  let bytes = 0
  while (all.length < query.limit && bytes <= MAX_BATCH_BYTES) {
    await Promise.all(lines.map((line) => line.fill()))
    const next = lines.reduce((first, line) => (line.diedAt > first.diedAt ? line : first)).take()
    if (next === undefined) break
    bytes += query.payloads === false ? 0 : next.bytes
    all.push(next)
  }
  return all
}

/** The letters of one partition, the newest first, read as they are taken. */
class DeadLine {
  readonly #port: PartitionPort
  #query: ListQuery
  #letters: readonly DeadTask[] = []
  #at = 0
  #isOver = false

  constructor(port: PartitionPort, query: ListQuery) {
    this.#port = port
    this.#query = behind(query, port)
  }

  /** Of the next one. */
  get diedAt(): number {
    return this.#letters[this.#at]?.diedAt ?? Number.NEGATIVE_INFINITY
  }

  take(): DeadTask | undefined {
    return this.#letters[this.#at++]
  }

  /** Pages may be short, and end with an empty one. */
  async fill(): Promise<void> {
    if (this.#isOver || this.#at < this.#letters.length) return
    const last = this.#letters.at(-1)
    if (last !== undefined) {
      this.#query = { ...this.#query, after: { n: this.#port.own(last.n), diedAt: last.diedAt } }
    }
    this.#letters = await this.#port.list(this.#query)
    this.#at = 0
    this.#isOver = this.#letters.length === 0
  }
}

/** The same place in another partition: of the time of `after`, the partitions before it were listed. */
function behind(query: ListQuery, { index }: PartitionPort): ListQuery {
  const { after, diedTo = Number.MAX_SAFE_INTEGER } = query
  if (after === undefined) return query
  const place = placeOfNumber(after.n) ?? { index: 0, own: '0' }
  if (place.index === index) return { ...query, after: { n: place.own, diedAt: after.diedAt } }
  const last = index < place.index ? after.diedAt - 1 : after.diedAt
  return { ...query, after: undefined, diedTo: Math.max(0, Math.min(diedTo, last)) }
}

async function listOnly(
  partitions: Partitions,
  query: ListQuery,
  only: readonly string[],
): Promise<readonly DeadTask[]> {
  const portions = portionsByNumber(
    only,
    partitions,
    (n) => n,
    (_, own) => own,
  )
  const found = new Map<string, DeadTask>()
  /** Behind the last letter that a partition answered there may be others, for which it had no room. */
  let end = only.length
  await Promise.all(
    portions.map(async ({ port, items, positions }) => {
      const letters = await port.list({ ...query, only: items })
      for (const letter of letters) found.set(letter.n, letter)
      const last = letters.at(-1)
      if (last === undefined) return
      const behind = positions[items.indexOf(port.own(last.n)) + 1]
      end = Math.min(end, behind ?? end)
    }),
  )
  return only.slice(0, end).flatMap((n) => found.get(n) ?? [])
}
