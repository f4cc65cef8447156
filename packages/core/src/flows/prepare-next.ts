import { MqError } from '../errors.ts'
import type { EnqueueOptions } from '../define/enqueue-options.ts'
import { derivedId } from './derived-id.ts'
import type { FlowStore } from './flow-store.ts'
import { nextBody } from './next-task.ts'

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
  if (of.store === undefined) throw new MqError('unsupported', `next cannot follow a task of ${of.queue}`)
  const definition = of.store.definitionOf(queue)
  if (definition === undefined) {
    throw new TypeError('next takes the handle of a queue, as broker.queue(…) of the worker returns it')
  }
  of.store.flowsOf(of.queue)
  const id = options.id ?? (await derivedId(of.queue, of.id, 'next'))
  const task = await of.store.prepare(definition, payload, { ...options, id })
  return nextBody({ queue: definition.name, task })
}
