import { MqError } from '../errors.ts'
import { checkBatch } from '../ports/check-arguments.ts'
import type { EnqueueBatch, NewTask, Receipt } from '../ports/queue-driver.ts'
import { hashOf } from './hash.ts'
import type { PartitionPort } from './partition-port.ts'
import { homeOfTask } from './places.ts'
import { shareOf } from '../define/shares.ts'
import { gathered, portionsOf } from './spread-out.ts'

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
  return gathered(portions, (index, items) => enqueueAt(ports[index]!, { ...batch, tasks: items }, sharedBy))
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
