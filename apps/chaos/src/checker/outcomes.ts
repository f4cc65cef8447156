import type { AppendedEnd, EndState } from '../end-state/end-state.ts'
import type { Account } from './account.ts'
import { livesOf, NOTHING } from './lives.ts'
import { remember } from './account.ts'
import type { Violation } from './violation.ts'

/**
 * I15: where a queue keeps outcomes, each end of each life of a task is one message: what is over has one, the last is
 * how it ended, and another follows only a death that was redriven.
 */
export function checkOutcomes(account: Account, state: EndState | undefined): Violation[] {
  if (state?.outcomes === undefined) return []
  const violations: Violation[] = []
  const say = (what: string): void => void violations.push({ invariant: 'I15', what })
  const ends = new Map<string, AppendedEnd['state'][]>()
  for (const { n, state: how } of state.outcomes) remember(ends, n, () => []).push(how)

  const alive = new Set(state.tasks.map(({ n }) => n))
  const over = new Map<string, string>()
  for (const { n, state: how } of state.ended) over.set(n, how)
  for (const { n } of state.dead) over.set(n, 'dead')
  for (const { okAt, ns } of account.tasks.values()) {
    if (okAt === undefined || account.mayBeForgotten(okAt)) continue
    for (const n of ns.keys()) if (!alive.has(n) && !ends.has(n)) say(`${n} is over, and its outcome was not appended`)
  }
  for (const [n, how] of over) {
    const last = ends.get(n)?.at(-1)
    if (last !== undefined && last !== how) say(`${n} is ${how}, and its last outcome is ${last}`)
  }
  for (const [n, states] of ends) {
    const lives = livesOf(account.numbers.get(n) ?? NOTHING)
    if (states.length > lives) say(`${n} had ${lives} lives, and ended ${states.length} times: ${states.join(', ')}`)
    const early = states.slice(0, -1).find((how) => how !== 'dead')
    if (early !== undefined) say(`${n} went on after it was ${early}`)
    if (alive.has(n) && states.at(-1) !== 'dead') say(`${n} is there, and was ${states.at(-1)}`)
  }
  return violations
}
