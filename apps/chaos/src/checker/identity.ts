import type { Account } from './account.ts'
import { remember } from './account.ts'
import type { Violation } from './violation.ts'

/** I3: a task is one task, however often its enqueue was repeated; a number and an id identify one task only. */
export function checkIdentity(account: Account): Violation[] {
  const violations: Violation[] = []
  const tasksByNumber = new Map<string, number[]>()
  const tasksById = new Map<string, number[]>()
  for (const { task, ns, ids } of account.tasks.values()) {
    const lasting = [...ns].filter(([, seenAt]) => !account.mayBeForgotten(seenAt))
    if (lasting.length > 1) {
      violations.push({ invariant: 'I3', what: `task ${task} became ${ns.size} tasks: ${[...ns.keys()].join(', ')}` })
    }
    for (const n of ns.keys()) remember(tasksByNumber, n, () => []).push(task)
    for (const id of ids) remember(tasksById, id, () => []).push(task)
  }
  for (const [n, tasks] of tasksByNumber) {
    if (tasks.length > 1) violations.push({ invariant: 'I3', what: `${n} was given to tasks ${tasks.join(', ')}` })
  }
  for (const [id, tasks] of tasksById) {
    const stored = tasks.filter((task) => account.tasks.get(task)!.ns.size > 0)
    if (stored.length > 1) violations.push({ invariant: 'I3', what: `id ${id} is that of tasks ${stored.join(', ')}` })
  }
  return violations
}
