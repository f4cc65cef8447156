import type { Queue } from '@mq/core'

/** Where to ask for a task. */
export function taskLocation(queue: Pick<Queue, 'name'>, id: string): string {
  return `/queues/${queue.name}/tasks/${encodeURIComponent(id)}`
}
