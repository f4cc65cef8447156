import { createHash } from 'node:crypto'

export function shaOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** The task's number, or NaN for what is not a payload of the harness. */
export function taskIn(payload: string): number {
  return Number(/^\{"task":(\d+)/.exec(payload)?.[1] ?? Number.NaN)
}
