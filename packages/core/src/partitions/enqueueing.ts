import { MqError, toError } from '../errors.ts'
import { checkBatch } from '../ports/check-arguments.ts'
import type { EnqueueBatch, NewTask, Receipt } from '../ports/queue-driver.ts'
import { hashOf } from './hash.ts'
import type { PartitionPort } from './partition-port.ts'
import { homeOfTask } from './places.ts'
import { shareOf } from '../define/shares.ts'
import { gathered, portionsOf } from './spread-out.ts'
import type { Portion } from './spread-out.ts'

/** In which partition the tasks of a batch are stored that may be in any. Repeated, the same. */
export type Spread = (lane: string, seq: number, of: number) => number

/** One after the other. */
export const inTurn: Spread = (lane, seq, of) => (hashOf(lane) + seq) % of

/** Throws `partitions-apart` where they have to be in several. Undefined: in any. */
export function homeOfAll(tasks: readonly NewTask[], of: number): number | undefined {
  let home: number | undefined
  for (const task of tasks) {
    const its = homeOfTask(task, of)
    if (its === undefined || its === home) continue
    if (home !== undefined) {
      throw new MqError(
        'partitions-apart',
        'tasks of one call are stored together or not at all, and the keys or ids of these belong to several partitions: enqueue them one by one',
      )
    }
    home = its
  }
  return home
}

/** Stores tasks where they belong: each part of a batch by one call, under its number. */
export async function enqueueIn(
  ports: readonly PartitionPort[],
  batch: EnqueueBatch,
  spread: Spread,
  sharedBy: number = ports.length,
): Promise<readonly Receipt[]> {
  const of = ports.length
  const { lane, seq, tasks, atomic } = batch
  if (atomic) return enqueueAt(ports[homeOfAll(tasks, of) ?? spread(lane, seq, of)]!, batch, sharedBy)
  const any = spread(lane, seq, of)
  const portions = portionsOf(tasks, (task) => [homeOfTask(task, of) ?? any, task])
  if (portions.length < 2) return enqueueAt(ports[portions[0]?.index ?? any]!, batch, sharedBy)
  checkBatch(batch)
  const sent = new Map(
    portions.map(({ index, items }) => [index, enqueueAt(ports[index]!, { ...batch, tasks: items }, sharedBy)]),
  )
  await throwUnlessAll(portions, sent)
  return gathered(portions, (index) => sent.get(index)!)
}

/** What one partition refuses is refused only where no other has stored its tasks: their callers would repeat them. */
async function throwUnlessAll(
  portions: readonly Portion<NewTask>[],
  sent: ReadonlyMap<number, Promise<unknown>>,
): Promise<void> {
  const ends = await Promise.allSettled(sent.values())
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  if (errors.length === 0) return
  const open = errors.find((error) => MqError.is(error, 'unavailable') && error.details['sent'] !== false)
  if (errors.length === portions.length || open !== undefined) throw open ?? errors[0]
  throw new MqError('unavailable', `one part of a batch was stored, and another was not: ${toError(errors[0]).message}`)
}

/** All of them belong there. */
export function enqueueAt(
  port: PartitionPort,
  batch: EnqueueBatch,
  sharedBy: number = port.of,
): Promise<readonly Receipt[]> {
  const { capacity } = batch
  if (capacity === undefined) return port.enqueue(batch)
  return port.enqueue({ ...batch, capacity: shareOf(capacity, port.index, sharedBy) })
}
