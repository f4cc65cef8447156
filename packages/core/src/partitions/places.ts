// Where tasks are, and their names: a number of a partition and two digits more that say which; a lease and its
// partition.
import type { NewTask } from '../ports/queue-driver.ts'
import type { TaskRef } from '../ports/task-ref.ts'
import { hashOf } from './hash.ts'

const DIGITS = 2
const OF_LEASE = '~'

/** A number or a lease as its partition has it. */
export interface Place {
  readonly index: number
  readonly own: string
}

/** The partition that tasks with this key, or with this own id, are stored in. */
export function homeOf(text: string, of: number): number {
  return hashOf(text) % of
}

/**
 * By its key, by the key for which duplicates are looked for, or by its own id: the first that it has. Undefined:
 * anywhere.
 */
export function homeOfTask({ key, dedupe, id }: NewTask, of: number): number | undefined {
  const text = key ?? dedupe?.key ?? id
  return text === undefined ? undefined : homeOf(text, of)
}

export function numberAt(index: number, own: string): string {
  return `${own}${String(index).padStart(DIGITS, '0')}`
}

/** Of a text that is no number of ours, some partition, which does not know it. */
export function placeOfNumber(n: string, of: number): Place {
  const index = Number(n.slice(-DIGITS))
  return index < of && n.length > DIGITS ? { index, own: n.slice(0, -DIGITS) } : { index: 0, own: '0' }
}

export function leaseAt(index: number, own: string): string {
  return `${own}${OF_LEASE}${index}`
}

/** Of a text that never was a lease, some partition, which does not know it. */
export function placeOfLease(lease: string, of: number): Place {
  const at = lease.lastIndexOf(OF_LEASE)
  const index = at === -1 ? 0 : Number(lease.slice(at + 1))
  return index < of ? { index, own: at === -1 ? lease : lease.slice(0, at) } : { index: 0, own: lease }
}

/** Where a task is looked for first, and as its partition knows it. */
export function placeOfTask(task: TaskRef, of: number): { readonly index: number; readonly ref: TaskRef } {
  if ('id' in task) return { index: homeOf(task.id, of), ref: task }
  const { index, own } = placeOfNumber(task.n, of)
  return { index, ref: { n: own } }
}
