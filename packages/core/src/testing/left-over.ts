import type { QueueStats } from '../ports/queue-admin.ts'
import type { PendingTask } from '../ports/task-listing.ts'
import { decodeHeader, idOf } from '../wire/header.ts'
import type { QueueRecord } from './recorder.ts'

/** A queue that still has tasks. */
export interface Left extends QueueStats {
  readonly name: string
  readonly record: QueueRecord
}

const MOST_NAMED = 3

/** Why there is still work: which queue, which tasks in which state, and when the next is due. */
export async function leftOver(left: readonly Left[], why: string): Promise<Error> {
  const queues = await Promise.all(left.map((one) => describe(one)))
  return new Error(`drain: ${why}, and there is still work: ${queues.join(', ')}`)
}

async function describe({
  name,
  record,
  waiting,
  delayed,
  running,
  inbox = 0,
  chores = 0,
  paused,
}: Left): Promise<string> {
  const states = [
    running > 0
      ? `${running} running${await named(record, 'running', running)}: a handler awaits something that does not depend on the clock`
      : '',
    waiting > 0 ? `${waiting} waiting${await named(record, 'waiting', waiting)}` : '',
    delayed > 0 ? `${delayed} delayed${await named(record, 'delayed', delayed)}` : '',
    inbox > 0 ? `${inbox} in its inbox` : '',
    chores > 0 ? `${chores} ${chores === 1 ? 'thing' : 'things'} to do for tasks that follow others` : '',
    paused ? 'the queue is paused' : '',
    record.hasWorker ? '' : 'no worker processes this queue',
  ]
  return `queue ${name} (${states.filter((state) => state !== '').join('; ')})`
}

async function named(record: QueueRecord, state: 'running' | 'waiting' | 'delayed', count: number): Promise<string> {
  const tasks = (await record.some(state, MOST_NAMED)).slice(0, MOST_NAMED)
  const [first] = tasks
  if (first === undefined) return ''
  const names = tasks.map((task) => nameOf(task) + (task.failures > 0 ? ` (failed: ${task.failures})` : ''))
  const dueInMs = state === 'delayed' ? await record.dueInMs(first.n) : undefined
  const due = dueInMs === undefined ? '' : `, the next in ${dueInMs} ms`
  return ` (${names.join(', ')}${count > names.length ? ', …' : ''}${due})`
}

function nameOf({ n, header, malformed }: PendingTask): string {
  return malformed ? `n${n}` : idOf(n, decodeHeader(header))
}
