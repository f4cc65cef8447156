import type { EndState } from '../end-state/end-state.ts'
import type { Account, TaskAccount } from './account.ts'
import type { Expectations } from './expectations.ts'
import { shaOf, taskIn } from './payload.ts'
import type { Violation } from './violation.ts'

export interface Losses {
  readonly lost: readonly number[]
  readonly unsynced: readonly number[]
  readonly unexpected: number
  readonly violations: readonly Violation[]
}

/**
 * I1: what was acknowledged was done, is buried, or is still stored. I2: nothing runs or is stored that was not
 * enqueued.
 */
export function checkLosses(
  account: Account,
  state: EndState | undefined,
  { replicated }: Pick<Expectations, 'replicated'>,
): Losses {
  const kept = new Set<string>()
  for (const { n } of [...(state?.tasks ?? []), ...(state?.dead ?? []), ...(state?.ended ?? [])]) kept.add(n)
  const violations: Violation[] = []
  const lost: number[] = []
  const unsynced: number[] = []
  for (const task of account.tasks.values()) {
    if (task.okAt === undefined || isThere(task, kept) || wasCancelled(account, task)) continue
    if (!replicated && account.mayBeForgotten(task.okAt)) unsynced.push(task.task)
    else lost.push(task.task)
  }
  for (const task of lost) violations.push({ invariant: 'I1', what: `task ${task} was acknowledged, and is lost` })
  const inventions = inventionsOf(account, state)
  violations.push(...inventions.map((what): Violation => ({ invariant: 'I2', what })))
  return { lost, unsynced, unexpected: inventions.length, violations }
}

function isThere({ ends, ns }: TaskAccount, kept: ReadonlySet<string>): boolean {
  return ends.some(({ how }) => how === 'returned') || [...ns.keys()].some((n) => kept.has(n))
}

function wasCancelled({ numbers }: Account, { ns }: TaskAccount): boolean {
  return [...ns.keys()].some((n) => numbers.get(n)?.cancels.some(({ ev }) => ev === 'cancel.ok'))
}

function inventionsOf(account: Account, state: EndState | undefined): string[] {
  const inventions: string[] = []
  for (const { task, sha, failed, okAt, unknown, starts } of account.tasks.values()) {
    if (starts.length === 0) continue
    if (sha === undefined) inventions.push(`task ${task} ran, and was not enqueued`)
    else if (failed && okAt === undefined && !unknown) inventions.push(`task ${task} ran, though its enqueue failed`)
    else if (starts.some((start) => start.sha !== sha)) inventions.push(`task ${task} ran with another payload`)
  }
  for (const { n, payload } of [...(state?.tasks ?? []), ...(state?.dead ?? [])]) {
    const found = account.tasks.get(taskIn(payload))
    if (found?.sha === undefined) inventions.push(`${n} is stored, and was not enqueued`)
    else if (found.failed && found.okAt === undefined && !found.unknown) {
      inventions.push(`task ${found.task} is stored, though its enqueue failed`)
    } else if (found.sha !== shaOf(payload)) inventions.push(`task ${found.task} is stored with another payload`)
  }
  return inventions
}
