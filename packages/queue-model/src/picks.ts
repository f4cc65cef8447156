import * as fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { ModelTask } from './model-task.ts'
import { MINUTE_MS } from './model-task.ts'
import type { QueueModel } from './queue-model.ts'

/** Chooses among what there will be: small ones the likeliest, so the pools begin with what matters most. */
export const pick: Arbitrary<number> = fc.nat({ max: 7 })
export const participant: Arbitrary<number> = fc.nat({ max: 1 })
export const worker: Arbitrary<number> = fc.nat({ max: 2 })
export const noDelayOrSome: Arbitrary<number> = fc.constantFrom(0, 0, MINUTE_MS, 2 * MINUTE_MS)
export const leaseMs: Arbitrary<number> = fc.constantFrom(MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS)
export const payload: Arbitrary<string> = fc.constantFrom('1', '"ü|\\n2"')

/** Leases that are held, then those that are not. */
export function pickLease(queue: QueueModel, choice: number): string {
  const tokens = [...queue.leases.keys()].reverse()
  const isHeld = (token: string): boolean => queue.held(token) !== undefined
  const pool = [...tokens.filter(isHeld), ...tokens.filter((token) => !isHeld(token))]
  return pool[choice % pool.length]!
}

/** Of all tasks, those first for which `comesFirst`. */
export function pickTask(queue: QueueModel, choice: number, comesFirst: (task: ModelTask) => boolean): ModelTask {
  const tasks = [...queue.tasks.values()].reverse()
  const pool = [...tasks.filter(comesFirst), ...tasks.filter((task) => !comesFirst(task))]
  return pool[choice % pool.length]!
}
