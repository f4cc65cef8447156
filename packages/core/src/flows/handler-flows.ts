import { MqError } from '../errors.ts'
import type { NewTask } from '../ports/queue-driver.ts'
import type { EnqueueOptions } from '../define/enqueue-options.ts'
import { derivedId } from './derived-id.ts'
import type { FlowStore } from './flow-store.ts'
import { nextBody } from './next-task.ts'

/** How the handle of a queue makes a task of what it is given, and on which storage it is. */
export interface Preparer {
  readonly store: FlowStore
  readonly name: string
  readonly prepare: (payload: any, options: EnqueueOptions) => NewTask | Promise<NewTask>
}

const preparers = new WeakMap<object, Preparer>()

/** The handle of a queue can be the first argument of `next`. */
export function canBeNext(queue: object, preparer: Preparer): void {
  preparers.set(queue, preparer)
}

/** What a handler asked for with `next`. */
export interface NextWanted {
  readonly queue: object
  readonly payload: unknown
  readonly options: EnqueueOptions
}

/** As it is stored with the settlement of a task. Throws where there can be no such task. */
export async function prepareNext(
  { queue, payload, options }: NextWanted,
  of: { readonly store: FlowStore | undefined; readonly queue: string; readonly id: string },
): Promise<string> {
  const preparer = preparers.get(queue)
  if (preparer === undefined) throw new TypeError('next takes the handle of a queue, as broker.queue(…) returns it')
  if (of.store === undefined) throw new MqError('unsupported', `next cannot follow a task of ${of.queue}`)
  if (preparer.store !== of.store) throw new TypeError('next takes a queue of the same broker as the worker')
  of.store.flowsOf(of.queue)
  const id = options.id ?? (await derivedId(of.queue, of.id, 'next'))
  const task = await preparer.prepare(payload, { ...options, id })
  return nextBody({ queue: preparer.name, task })
}
