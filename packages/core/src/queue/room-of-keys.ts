import type { QueueDefinition, ResolvedCapacity } from '../define/define-queue.ts'
import { MqError } from '../errors.ts'
import type { NewTask } from '../ports/queue-driver.ts'

/** Tasks of several keys wait in a line of their own. No key is as long. */
const MIXED = '-'.repeat(300)

/** In which line calls with these tasks wait for room. */
export function lineOf(capacity: ResolvedCapacity | undefined, tasks: readonly NewTask[]): string {
  if (capacity?.perKey === undefined) return ''
  const key = tasks[0]?.key ?? ''
  return tasks.every((task) => (task.key ?? '') === key) ? key : MIXED
}

/** Throws where a batch has more tasks of a key than may ever wait. */
export function checkKeyRoom({ name, capacity }: QueueDefinition<any>, tasks: readonly NewTask[]): void {
  const most = capacity?.perKey
  if (most === undefined) return
  const counts = new Map<string, number>()
  for (const { key, delayMs } of tasks) {
    if (key === undefined || delayMs > 0) continue
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (count > most) throw new MqError('batch-too-large', `queue ${name} takes at most ${most} tasks of a key at once`)
  }
}
