import { bury } from '@mq/core'
import type { Context, Handler, Verdict } from '@mq/core'

/** A task that says of which kind it is, in a queue of several. */
interface OfKind {
  readonly kind: string
}

type Answer<Result> = Result | Verdict | Promise<Result | Verdict>

/** One for each kind that the queue's definition has. */
export type KindHandlers<Task extends OfKind, Result> = {
  readonly [Kind in Task['kind']]: (task: Task & { readonly kind: Kind }, context: Context) => Answer<Result>
}

/**
 * The handler of a queue with several kinds of tasks, `{ kind: 'welcome', … }`. A task of a kind that has no handler
 * here, from a newer producer or by mistake, becomes a dead letter that names the kind; it can be redriven later.
 */
export function byKind<Task extends OfKind, Result>(handlers: KindHandlers<Task, Result>): Handler<Task, Result> {
  const known = new Map(Object.entries(handlers)) as ReadonlyMap<
    string,
    (task: Task, context: Context) => Answer<Result>
  >
  return (task, context) => {
    const handler = known.get(task.kind)
    return handler === undefined ? bury(`unknown-kind: ${String(task.kind).slice(0, 100)}`) : handler(task, context)
  }
}
