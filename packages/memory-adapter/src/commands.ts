import type { CommandReply, QueueCommand } from '@mq/core/adapter'
import { checkCommand } from '@mq/core/adapter'
import { outlookOn, wakeIfSooner } from './claimable.ts'
import type { QueueState } from './queue-state.ts'
import type { TaskRecord } from './task-record.ts'

type CommandOf<Kind extends QueueCommand['kind']> = Extract<QueueCommand, { kind: Kind }>

/** The commands of operators to a queue. */
export function apply(queue: QueueState, command: QueueCommand): CommandReply {
  checkCommand(command)
  switch (command.kind) {
    case 'cancel':
      return cancel(queue, command)
    case 'change':
      return change(queue, command)
    case 'pause':
    case 'resume':
      return setPaused(queue, command)
    case 'redrive':
      return redrive(queue, command)
    case 'discard':
      return { changed: command.tasks.filter((n) => queue.dead.remove(Number(n), queue.clock.now())).length }
    case 'obliterate':
      return obliterate(queue, command.force)
    case 'retire':
      return { changed: queue.retire(queue.clock.now()) ? 1 : 0 }
    case 'purge':
      return purge(queue, command)
  }
}

function cancel(queue: QueueState, { task: ref, reason }: CommandOf<'cancel'>): CommandReply {
  const now = queue.clock.now()
  const number = queue.numberOf(ref, now)
  const task = number === undefined ? undefined : queue.task(number)
  if (task === undefined) return { changed: 0 }
  const { place, lease, holder } = task
  const before = outlookOn(queue, now)
  queue.end(task, { state: 'cancelled', endedAt: queue.clock.epochMs(now), body: reason }, now, true)
  holder?.send({ kind: 'cancel', lease, reason })
  if (place === 'waiting') queue.room.tell(queue.ready.size)
  wakeIfSooner(queue, before, now)
  return { changed: 1 }
}

function change(queue: QueueState, command: CommandOf<'change'>): CommandReply {
  const now = queue.clock.now()
  const number = queue.numberOf(command.task, now)
  const task = number === undefined ? undefined : queue.task(number)
  if (task === undefined || task.place === 'leased') return { changed: 0 }
  const [waitedBefore, before] = [queue.ready.size, outlookOn(queue, now)]
  queue.change(task, command, now)
  wakeIfSooner(queue, before, now, queue.ready.size > waitedBefore && queue.ready.isServed(task))
  if (queue.ready.size < waitedBefore) queue.room.tell(queue.ready.size)
  return { changed: 1 }
}

function setPaused(queue: QueueState, { kind, order }: CommandOf<'pause' | 'resume'>): CommandReply {
  const last = queue.order ?? (queue.paused ? 1 : 0)
  if (order !== undefined && order <= last) return { changed: 0, order: last }
  const paused = kind === 'pause'
  const changed = queue.paused === paused ? 0 : 1
  queue.paused = paused
  if (order !== undefined) queue.order = order
  if (changed && paused) for (const post of queue.listeners) post.send({ kind: 'paused' })
  if (changed && !paused) queue.idle.wakeOne()
  return { changed, ...(order === undefined ? undefined : { order }) }
}

function redrive(queue: QueueState, command: CommandOf<'redrive'>): CommandReply {
  const { tasks } = command
  const now = queue.clock.now()
  const before = outlookOn(queue, now)
  const refused = tasks.flatMap((task, index) => (queue.redrive(task, now) ? [] : [index]))
  const isMore = tasks.some(({ n }, index) => !refused.includes(index) && isServed(queue, n))
  wakeIfSooner(queue, before, now, isMore)
  return { changed: tasks.length - refused.length, refused }
}

function isServed(queue: QueueState, n: string): boolean {
  const task = queue.task(Number(n))
  return task !== undefined && queue.ready.isServed(task)
}

function obliterate(queue: QueueState, force: boolean): CommandReply {
  if (!force && queue.leases.size > 0) return { changed: 0, inUse: 'tasks' }
  if (!force && queue.idle.size > 0) return { changed: 0, inUse: 'workers' }
  return { changed: queue.obliterate() ? 1 : 0 }
}

function purge(queue: QueueState, { state, reason, limit }: CommandOf<'purge'>): CommandReply {
  const now = queue.clock.now()
  const { ready, later } = queue
  const next = (): TaskRecord | undefined => (state === 'waiting' ? (ready.lowest ?? ready.firstSuspect) : later.lowest)
  const before = outlookOn(queue, now)
  let changed = 0
  for (let task = next(); changed < limit && task; task = next(), changed++) {
    queue.end(task, { state: 'cancelled', endedAt: queue.clock.epochMs(now), body: reason }, now, true)
  }
  if (state === 'waiting' && changed > 0) queue.room.tell(queue.ready.size)
  // A delayed task, or one that is set aside, may have held its key.
  if (changed > 0) wakeIfSooner(queue, before, now)
  return { changed, more: next() !== undefined }
}
