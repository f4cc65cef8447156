import { MqError, toError } from '../errors.ts'
import { checkBatch } from '../ports/check-arguments.ts'
import type { EnqueueBatch, NewTask, Receipt } from '../ports/queue-driver.ts'
import { hashOf } from './hash.ts'
import type { PartitionPort } from './partition-port.ts'
import type { Partitions } from './partitions.ts'
import { nameOf } from './places.ts'
import { shareOf } from '../define/shares.ts'
import { gathered, portionsOf } from './spread-out.ts'
import type { Portion } from './spread-out.ts'

/** In which partition the tasks of a batch are stored that may be in any. Repeated, the same. */
export type Spread = (lane: string, seq: number, of: number) => number

/** One after the other. */
export const inTurn: Spread = (lane, seq, of) => (hashOf(lane) + seq) % of

/**
 * Where a task with this name may be, beginning with the former home that is the oldest: each is asked whether it knows
 * it, before it is stored in the next. Of a task without a name none has to be asked.
 */
export function waysOf(partitions: Partitions, name: string): PartitionPort[] {
  return partitions.homes(name).reverse()
}

function apart(): MqError {
  return new MqError(
    'partitions-apart',
    'tasks of one call are stored together or not at all, and the keys or ids of these belong to several partitions: enqueue them one by one',
  )
}

/**
 * Where tasks may be that are stored together, in the order of `waysOf`. Throws `partitions-apart` where they have to
 * be in several. Undefined: in any.
 */
export function waysOfAll(partitions: Partitions, tasks: readonly NewTask[]): PartitionPort[] | undefined {
  const names = new Set(tasks.flatMap((task) => nameOf(task) ?? []))
  let ways: PartitionPort[] | undefined
  for (const name of names) {
    const its = waysOf(partitions, name)
    if (ways?.some((port, i) => port !== its[i]) === true) throw apart()
    ways = its
  }
  return ways
}

/** Tasks that are stored together or not at all. `send`: the receipts of one partition, which may have `moved`. */
export async function addTogether(
  ways: readonly PartitionPort[],
  send: (port: PartitionPort) => Promise<readonly Receipt[]>,
): Promise<readonly Receipt[] | undefined> {
  for (const port of ways) {
    const receipts = await send(port)
    const moved = receipts.filter(({ state }) => state === 'moved').length
    if (moved === 0) return receipts
    if (moved < receipts.length) throw apart()
  }
  return undefined
}

export interface Storing {
  readonly partitions: Partitions
  readonly spread: Spread
  readonly sharedBy: number | undefined
  /** Returns whether there is a newer generation than was known. */
  readonly lookAgain: () => Promise<boolean>
}

/** Stores tasks where they belong: each part of a batch by one call, under its number. */
export async function enqueueIn(storing: Storing, batch: EnqueueBatch): Promise<readonly Receipt[]> {
  const { partitions, spread } = storing
  const { lane, seq, tasks, atomic } = batch
  const { current } = partitions
  const any = current[spread(lane, seq, current.length)]!
  if (atomic) {
    const ways = waysOfAll(partitions, tasks) ?? [any]
    const receipts = await addTogether(ways, (port) => enqueueAt(partitions, port, batch, storing.sharedBy))
    return receipts ?? (await again(storing, batch, any.made))
  }
  const places = tasks.map((task) => {
    const name = nameOf(task)
    return name === undefined ? any : waysOf(partitions, name)[0]!
  })
  const portions = portionsOf(
    tasks.map((task, i) => ({ task, port: places[i]! })),
    ({ task, port }) => [port, task],
  )
  const receipts = await receiptsOf(storing, batch, portions, any)
  const moved = receipts.flatMap(({ state }, i) => (state === 'moved' ? [i] : []))
  if (moved.length === 0) return receipts
  const rest = { ...batch, tasks: moved.map((i) => tasks[i]!) }
  const asked = moved.map((i) => places[i]!.made)
  const later = (await enqueueLater(storing, rest, asked)).values()
  return receipts.map((receipt) => (receipt.state === 'moved' ? later.next().value! : receipt))
}

async function receiptsOf(
  { partitions, sharedBy }: Storing,
  batch: EnqueueBatch,
  portions: readonly Portion<NewTask>[],
  any: PartitionPort,
): Promise<readonly Receipt[]> {
  if (portions.length < 2) return enqueueAt(partitions, portions[0]?.port ?? any, batch, sharedBy)
  checkBatch(batch)
  const sent = new Map(
    portions.map(({ port, items }) => [port, enqueueAt(partitions, port, { ...batch, tasks: items }, sharedBy)]),
  )
  await throwUnlessAll(portions, sent)
  return gathered(portions, (port) => sent.get(port)!)
}

/** Those that a former home does not know, each in the next one, by lanes of their own: a number is used once. */
async function enqueueLater(
  storing: Storing,
  batch: EnqueueBatch,
  asked: readonly number[],
): Promise<readonly Receipt[]> {
  const { partitions, sharedBy } = storing
  const [{ made: newest }] = partitions.layout.generations
  if (asked.includes(newest)) await newerOr(storing, newest)
  return Promise.all(
    batch.tasks.map(async (task, i): Promise<Receipt> => {
      const name = nameOf(task) ?? `${batch.lane}${batch.seq}`
      const ways = waysOf(partitions, name).filter(({ made }) => made > asked[i]!)
      const one = { ...batch, lane: `${batch.lane}~${i}`, tasks: [task] }
      const receipts = await addTogether(ways, (port) => enqueueAt(partitions, port, one, sharedBy))
      return receipts?.[0] ?? { state: 'moved' }
    }),
  )
}

async function again(storing: Storing, batch: EnqueueBatch, made: number): Promise<readonly Receipt[]> {
  await newerOr(storing, made)
  return enqueueIn(storing, { ...batch, lane: `${batch.lane}~` })
}

/**
 * A partition of generation `made`, the newest that was known, is sealed: there is a newer one, which may not be known
 * here yet. Throws `unavailable` where there is none.
 */
export async function newerOr(
  { partitions, lookAgain }: Pick<Storing, 'partitions' | 'lookAgain'>,
  made: number,
): Promise<void> {
  const isNewer = (): boolean => {
    const { generations } = partitions.layout
    return generations[0].made > made || generations.every((each) => each.made !== made)
  }
  if (isNewer()) return
  await lookAgain()
  if (isNewer()) return
  throw new MqError('unavailable', 'the queue is being divided anew: nothing was stored', { details: { sent: false } })
}

/** What one partition refuses is refused only where no other has stored its tasks: their callers would repeat them. */
async function throwUnlessAll(
  portions: readonly Portion<NewTask>[],
  sent: ReadonlyMap<PartitionPort, Promise<unknown>>,
): Promise<void> {
  const ends = await Promise.allSettled(sent.values())
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (errors.length === 0) return
  const open = errors.find((error) => MqError.is(error, 'unavailable') && error.details['sent'] !== false)
  if (errors.length === portions.length || open !== undefined) throw open ?? errors[0]
  throw new MqError('unavailable', `one part of a batch was stored, and another was not: ${toError(errors[0]).message}`)
}

/** All of them belong there. A partition of a former generation is asked for what it knows. */
export function enqueueAt(
  { current, hasFormer }: Partitions,
  port: PartitionPort,
  batch: EnqueueBatch,
  sharedBy: number = port.of,
): Promise<readonly Receipt[]> {
  const { capacity } = batch
  const seals = hasFormer && !current.includes(port) ? { seals: true } : undefined
  const share = capacity === undefined ? undefined : { capacity: shareOf(capacity, port.position, sharedBy) }
  return port.enqueue(seals === undefined && share === undefined ? batch : { ...batch, ...share, ...seals })
}
