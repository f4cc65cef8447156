import { checkName, checkText, invalidOption, readable, show, showWord } from '../define/check-call.ts'
import { MAX_PARENTS } from '../ports/limits.ts'
import type { AfterTask } from '../define/after-task.ts'
import type { OnDead } from '../ports/flows.ts'

export interface AfterOptions {
  readonly after?: AfterTask | readonly AfterTask[] | undefined
  readonly onDead?: OnDead | undefined
}

/** Checked, a copy. */
export interface Wanted {
  readonly onDead: OnDead
  readonly parents: readonly AfterTask[]
}

/** Undefined where it is to run after none. Throws `invalid-options`. */
export function checkAfter({
  after,
  onDead = 'bury',
  existing,
}: AfterOptions & { readonly existing?: unknown }): Wanted | undefined {
  if (onDead !== 'bury' && onDead !== 'run' && onDead !== 'cancel') {
    const given = typeof onDead === 'string' ? showWord(onDead) : show(onDead)
    throw invalidOption('onDead', `onDead must be 'bury', 'run' or 'cancel', not ${given}`, onDead)
  }
  if (after === undefined) return undefined
  if (existing === 'replace') {
    throw invalidOption(
      'existing',
      "existing: 'replace' cannot be used with after: another may run after that task",
      'replace',
    )
  }
  const list: readonly unknown[] = readable('after', after, () => (Array.isArray(after) ? [...after] : [after]))
  if (list.length === 0 || list.length > MAX_PARENTS) {
    throw invalidOption('after', `after must have 1–${MAX_PARENTS} tasks, not ${list.length}`, after)
  }
  const parents = new Map<string, AfterTask>()
  for (const each of list) {
    const { queue, id } = placeOf(each)
    parents.set(`${queue} ${id}`, { queue, id })
  }
  return { onDead, parents: [...parents.values()] }
}

function placeOf(task: unknown): AfterTask {
  if (typeof task !== 'object' || task === null) {
    throw invalidOption('after', `after takes tasks, or their queues and ids, not ${show(task)}`, task)
  }
  const { queue, id } = readable('after', task, () => {
    const { queue, id } = task as Partial<AfterTask>
    return { queue, id }
  })
  return { queue: checkName('queue', queue), id: checkText('the id of after', id, 1, 128) }
}
