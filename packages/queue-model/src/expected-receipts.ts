import type { EnqueueBatch, NewTask, Receipt } from '@mq/core'
import type { QueueModel } from './queue-model.ts'

/**
 * What the tasks of a batch are answered, one after the other; where an id may have been forgotten, `answers` decide,
 * and where a place becomes free because a delayed task, or one of another key, replaces a waiting one: it may be taken
 * by the same batch, or not before the next.
 */
export function expectedReceipts(
  queue: QueueModel,
  { tasks, displace, capacity = Infinity, keyCapacity = Infinity }: EnqueueBatch,
  answers: readonly Receipt[],
): Receipt['state'][] {
  const inBatch = new Map<string, NewTask>()
  const withoutRoom = new Set<string>()
  let waiting = queue.those('waiting').length
  let freed = 0
  const ofKey = new Map<string, { waiting: number; freed: number }>()
  const roomOf = (key: string): { waiting: number; freed: number } => {
    let room = ofKey.get(key)
    if (room === undefined) {
      const those = queue.those('waiting').filter((task) => task.key === key)
      ofKey.set(key, (room = { waiting: those.length, freed: 0 }))
    }
    return room
  }
  return tasks.map((task, i) => {
    const name = task.dedupe ? `~${task.dedupe.key}` : (task.id ?? '')
    const isFull = answers[i]?.state === 'full'
    // One with the same id or key as one that found no task may end as that one does.
    if (withoutRoom.has(name) && isFull) return 'full'
    const earlier = inBatch.get(name)
    const payload = (earlier ?? queue.known(task, answers[i]))?.payload
    const living = earlier ?? queue.living(task)
    const old = earlier ? placeOf(earlier) : queue.living(task)?.place
    if (task.replace && old === 'leased') return 'conflict'
    if (!task.replace && payload !== undefined) {
      return task.dedupe || payload === task.payload ? 'existing' : 'conflict'
    }
    const waits = task.replace && old === 'waiting'
    const hasRoom = waiting < capacity || (waiting - freed < capacity && !isFull)
    if (task.delayMs === 0 && !waits && !displace && !hasRoom) {
      if (name) withoutRoom.add(name)
      return 'full'
    }
    const waitsInKey = waits && living?.key === task.key
    if (task.key !== undefined && task.delayMs === 0 && !waitsInKey && !displace) {
      const room = roomOf(task.key)
      if (room.waiting >= keyCapacity && (room.waiting - room.freed >= keyCapacity || isFull)) {
        if (name) withoutRoom.add(name)
        return 'full'
      }
    }
    if (task.key !== undefined && task.delayMs === 0 && !waitsInKey) roomOf(task.key).waiting++
    if (waits && living?.key !== undefined && (task.delayMs > 0 || !waitsInKey)) roomOf(living.key).freed++
    if (task.delayMs === 0 && !waits) waiting++
    if (task.delayMs > 0 && waits) freed++
    if (name) inBatch.set(name, task)
    return 'accepted'
  })
}

function placeOf({ delayMs }: NewTask): 'waiting' | 'delayed' {
  return delayMs > 0 ? 'delayed' : 'waiting'
}
