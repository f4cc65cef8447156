import type { QueueAdmin, TaskRef } from '../ports/queue-admin.ts'

/** Repeats a call until its answer is known; says how often it was tried before. */
type Repeat = <T>(call: (tries: number) => Promise<T>) => Promise<T>

/** Whether it was cancelled by this call; not when it has ended before, or is not known. */
export async function cancelTask(
  admin: Pick<QueueAdmin, 'apply' | 'read'>,
  repeat: Repeat,
  task: TaskRef,
  reason: string,
): Promise<boolean> {
  let repeated = false
  const { changed } = await repeat((tries) => {
    repeated = tries > 0
    return admin.apply({ kind: 'cancel', task, reason })
  })
  if (changed > 0 || !repeated) return changed > 0
  // The first try may have cancelled the task, and its reply was lost.
  const [reading] = await repeat(() => admin.read([task]))
  return reading?.state === 'ended' && reading.outcome.state === 'cancelled'
}
