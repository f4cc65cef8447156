import { MqError } from '../errors.ts'
import type { ParentRef, Standing, TaskFamily } from '../ports/flows.ts'
import { MAX_DEPTH, MAX_PARENTS } from '../ports/limits.ts'
import type { NewTask } from '../ports/queue-driver.ts'
import { refOf } from '../wire/header.ts'
import type { AfterTask } from '../define/after-task.ts'
import type { Wanted } from './after.ts'
import type { FlowStore } from './flow-store.ts'
import { standingsOf } from './standings.ts'

/**
 * Tasks with the families that they want, as far as they want some. Throws `unknown-parent`, `flow-cycle`,
 * `flow-too-deep`, `batch-too-large` and `invalid-id`: nothing was done.
 */
export async function withFamilies(
  store: FlowStore,
  queue: string,
  tasks: readonly NewTask[],
  wants: readonly (Wanted | undefined)[],
): Promise<NewTask[]> {
  const all = wants.flatMap((want) => want?.parents ?? [])
  if (all.length > MAX_PARENTS) {
    throw new MqError('batch-too-large', `tasks of one call run after ${MAX_PARENTS} at most, not ${all.length}`)
  }
  const standings = await lookAt(store, all)
  return tasks.map((task, i) => {
    const want = wants[i]
    if (want === undefined) return task
    for (const { queue: its, id } of want.parents) {
      if (its === queue && id === task.id) {
        throw new MqError('flow-cycle', `task ${id} of queue ${queue} cannot run after itself`)
      }
    }
    return { ...task, after: familyOf(want, standings) }
  })
}

function familyOf({ onDead, parents }: Wanted, standings: ReadonlyMap<string, Standing>): TaskFamily {
  let depth = 0
  const refs = new Map<string, ParentRef>()
  for (const parent of parents) {
    const { queue, id } = parent
    const standing = standings.get(nameOf(parent))
    if (standing === undefined || standing.state === 'unknown') {
      throw new MqError(
        'unknown-parent',
        `nothing is known of task ${id} of queue ${queue}: no task can run after it`,
        {
          details: { queue, id },
        },
      )
    }
    depth = Math.max(depth, standing.depth + 1)
    const { n } = standing
    refs.set(`${queue} ${n}`, id === `n${n}` ? { queue, n } : { queue, n, id })
  }
  if (depth > MAX_DEPTH) {
    throw new MqError('flow-too-deep', `at most ${MAX_DEPTH} tasks run one after another`, { details: { depth } })
  }
  return { depth, onDead, parents: [...refs.values()] }
}

async function lookAt(store: FlowStore, all: readonly AfterTask[]): Promise<ReadonlyMap<string, Standing>> {
  const tasks = new Map(all.map((task) => [nameOf(task), task]))
  const standings = await standingsOf(store, [...tasks.values()], ({ id }) => refOf(id))
  return new Map([...standings].map(([task, standing]) => [nameOf(task), standing]))
}

function nameOf({ queue, id }: AfterTask): string {
  return `${queue} ${id}`
}
