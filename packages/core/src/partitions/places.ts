// Where tasks are, and their names: a number of a partition and two digits more that say its place; a lease and the
// place.
import type { NewTask } from '../ports/queue-driver.ts'
import { hashOf } from './hash.ts'

const DIGITS = 2
const OF_LEASE = '~'

/** A number or a lease as its partition has it. */
export interface Place {
  readonly index: number
  readonly own: string
}

/** Of so many partitions, the one that tasks with this key, or with this own id, are stored in. */
export function homeOf(text: string, of: number): number {
  return hashOf(text) % of
}

/** Its key, the key for which duplicates are looked for, or its own id: the first that it has. */
export function nameOf({ key, dedupe, id }: NewTask): string | undefined {
  return key ?? dedupe?.key ?? id
}

export function numberAt(index: number, own: string): string {
  return `${own}${String(index).padStart(DIGITS, '0')}`
}

/** Undefined: it is no number of ours. */
export function placeOfNumber(n: string): Place | undefined {
  const index = Number(n.slice(-DIGITS))
  return n.length > DIGITS && Number.isInteger(index) && index >= 0 ? { index, own: n.slice(0, -DIGITS) } : undefined
}

export function leaseAt(index: number, own: string): string {
  return `${own}${OF_LEASE}${index}`
}

/** Undefined: it never was a lease. */
export function placeOfLease(lease: string): Place | undefined {
  const at = lease.lastIndexOf(OF_LEASE)
  const index = at === -1 ? Number.NaN : Number(lease.slice(at + 1))
  return Number.isInteger(index) ? { index, own: lease.slice(0, at) } : undefined
}
