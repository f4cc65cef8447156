import type { Queue } from '@mq/core'

/** The path at which the state of a task can be read. */
export function taskLocation(queue: Pick<Queue, 'name'>, id: string): string {
  return `/queues/${queue.name}/tasks/${encodeURIComponent(id)}`
}
