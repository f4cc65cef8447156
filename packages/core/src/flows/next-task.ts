import { MqError } from '../errors.ts'
import { enqueueEventOf } from '../services/enqueue-event.ts'
import type { Chore } from '../ports/flows.ts'
import type { NewTask } from '../ports/queue-driver.ts'
import { taskEvents } from '../services/task-events.ts'
import { decode } from '../wire/codec.ts'
import type { FlowStore } from './flow-store.ts'

/** What a task was completed with, to be enqueued when that is stored: its id makes it one task, however often. */
export interface NextTask {
  readonly queue: string
  readonly task: NewTask
}

export function nextBody({ queue, task: { id, level, key, weight, delayMs, header, payload } }: NextTask): string {
  return JSON.stringify({ queue, task: { id, level, key, weight, delayMs, header, payload } })
}

/** A task of the same id is there already, or was: then this was done before. */
export async function enqueueNext(store: FlowStore, queue: string, chore: Chore & { kind: 'next' }): Promise<void> {
  const next = parseNext(chore.body)
  if (next === undefined) {
    const message = `what task n${chore.n} of queue ${queue} was to be followed by cannot be read: another program wrote it`
    store.services.onError(new MqError('foreign-entries-dropped', message, { details: { queue, count: 1 } }))
    return
  }
  const { task } = next
  const receipt = await store.add(next.queue, task)
  if (receipt.state === 'accepted' && taskEvents.enqueue.hasSubscribers) {
    taskEvents.enqueue.publish(enqueueEventOf(next.queue, task.id ?? `n${receipt.n}`, false, task.header))
  }
}

function parseNext(body: string): NextTask | undefined {
  try {
    const next = decode(body, 'invalid-payload', 'a next task') as NextTask
    const { queue, task } = next
    const isOurs = typeof queue === 'string' && typeof task.payload === 'string' && typeof task.id === 'string'
    return isOurs ? next : undefined
  } catch {
    return undefined
  }
}
