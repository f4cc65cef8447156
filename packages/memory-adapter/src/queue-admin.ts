import type { CommandReply, DeadTask, ListQuery, QueueCommand, QueueStats, TaskReading, TaskRef } from '@mq/core'
import { checkCount, checkInteger, refuse } from './check-arguments.ts'
import type { HintPost } from './hint-post.ts'
import type { QueueState } from './queue-state.ts'

/** The states of tasks; with `watcher`, it hears of the ends of those that have not ended. */
export function read(queue: QueueState, refs: readonly TaskRef[], watcher: HintPost | undefined): TaskReading[] {
  checkCount('tasks', refs.length)
  const now = queue.clock.now()
  return refs.map((ref) => {
    const number = queue.numberOf(ref, now)
    if (number === undefined) return UNKNOWN
    const reading = readOne(queue, number, now)
    if (watcher && reading.state !== 'ended' && reading.state !== 'unknown') queue.watchers.add(number, watcher)
    return reading
  })
}

export function list(queue: QueueState, { state, offset, limit }: ListQuery): readonly DeadTask[] {
  if (state !== 'dead') refuse(`no list is called ${String(state)}`)
  checkInteger('offset', offset, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('limit', limit, 0, 1_000)
  return queue.dead.list(offset, limit, queue.clock.now())
}

export function stats(queue: QueueState): QueueStats {
  const { ready, later, leases, dead } = queue
  return { waiting: ready.size, delayed: later.size, running: leases.size, dead: dead.size(queue.clock.now()) }
}

export function apply(queue: QueueState, command: QueueCommand): CommandReply {
  if (command.kind !== 'cancel') refuse(`no command is called ${String(command.kind)}`)
  const now = queue.clock.now()
  const number = queue.numberOf(command.task, now)
  const task = number === undefined ? undefined : queue.task(number)
  if (task === undefined) return { result: 'too-late' }
  const { place, lease, holder } = task
  const { reason } = command
  queue.end(task, { state: 'cancelled', endedAt: queue.clock.epochMs(now), body: reason }, now, true)
  holder?.send({ kind: 'cancel', lease, reason })
  if (place === 'waiting') queue.room.tell(queue.ready.size)
  return { result: 'cancelled' }
}

function readOne(queue: QueueState, number: number, now: number): TaskReading {
  const n = String(number)
  const task = queue.task(number)
  if (task?.place === 'delayed') return { state: 'delayed', n, dueInMs: Math.max(0, Math.ceil(task.at - now)) }
  if (task) {
    const state = task.place === 'leased' ? 'running' : 'waiting'
    return task.progress === undefined ? { state, n } : { state, n, progress: task.progress }
  }
  const outcome = queue.outcomes.of(number, now)
  if (outcome) return { state: 'ended', n, outcome }
  const dead = queue.dead.of(number, now)
  if (dead === undefined) return UNKNOWN
  const { diedAt, detail, reason } = dead
  return { state: 'ended', n, outcome: { state: 'dead', endedAt: diedAt, body: detail, reason } }
}

const UNKNOWN: TaskReading = { state: 'unknown' }
