import { SUSPECT_AT } from '../engine/triage.ts'
import type { FamilyMember, FamilyPage } from '../ports/flows.ts'
import type { TaskFacts } from '../ports/queue-admin.ts'
import type { HeldBack } from '../ports/queue-limits.ts'
import type { Stillness } from '../services/self-waits.ts'

/** Why a task is not running, for the engineer on call. */
export interface Explanation {
  readonly because: Because
  /** One sentence. Its words may change. */
  readonly text: string
  readonly facts: TaskFacts
  /** blocked: the tasks that it runs after, the first 1,000 of them, and how those ended that did. */
  readonly family?: FamilyPage | undefined
}

export type Because =
  /** The task never existed, or nothing is kept of it any more. */
  | 'unknown'
  | 'ended'
  /** It is running. */
  | 'running'
  /** Its worker was silent for a whole lease; the next claim of any worker, and one is there, recovers it. */
  | 'lease-over'
  /** The same, but after an outage its worker first gets the time of a lease to reconnect. */
  | 'recovery-pause'
  | 'delayed'
  /** It runs after other tasks, and not all of them have ended. */
  | 'blocked'
  /** An attempt failed, and the next one is due later. */
  | 'backing-off'
  | 'paused'
  | 'no-worker'
  /** It lost its worker twice, so it waits until one has nothing else to do. */
  | 'suspect'
  /**
   * All slots of the worker in this process wait for tasks of this queue or for room in it, and as far as is known no
   * other worker is free.
   */
  | 'self-wait'
  /** A limit of the queue, or of its key, lets no further task run now. */
  | 'limited'
  | 'behind-others'
  | 'workers-busy'
  /** A worker is being woken, or is about to claim. */
  | 'next'

/** Workers that do not sleep call at least this often, and claim before they stop. */
const WORKER_GONE_MS = 5_000

const SELF_WAIT: Readonly<Record<Stillness, string>> = {
  surely:
    'All handlers of the only worker wait for tasks of this queue, or for room in it, so that no slot is left to run them.',
  maybe:
    'All handlers of the worker in this process wait for tasks of this queue, or for room in it. Other workers run some and have ended none for a minute: if those wait as well, no slot is left to run it.',
}

/** Finds in the facts the one reason that has to change first. */
export function explain(facts: TaskFacts, stillness?: Stillness, family?: FamilyPage): Explanation {
  if (facts.reading.state === 'delayed' && facts.reading.blocked) {
    return { because: 'blocked', text: whileBlocked(family), facts, ...(family && { family }) }
  }
  const isStill = stillness !== undefined && facts.reading.state === 'waiting'
  const [because, text] = isStill ? (['self-wait', SELF_WAIT[stillness]] as const) : reasonOf(facts)
  return { because, text: OF_PARTITION.has(because) ? `${text}${placeOf(facts)}` : text, facts }
}

/** What may be otherwise in the other partitions. */
const OF_PARTITION: ReadonlySet<Because> = new Set(['limited', 'suspect', 'behind-others', 'workers-busy', 'next'])

function placeOf({ partition }: TaskFacts): string {
  if (partition === undefined) return ''
  const { index, of, former } = partition
  const since = former ? ', one of those before the number was changed' : ''
  return ` It is in partition ${index} of ${of}${since}, of which that is said.`
}

function reasonOf(facts: TaskFacts): readonly [Because, string] {
  const { reading } = facts
  switch (reading.state) {
    case 'unknown':
      return ['unknown', 'There is no such task, or it ended so long ago that nothing is kept of it.']
    case 'ended': {
      const { state, reason } = reading.outcome
      return ['ended', `It has ended: ${state}${reason === undefined ? '' : ` (${reason})`}.`]
    }
    case 'running':
      return whileRunning(facts)
    case 'delayed':
      if (reading.blocked) return ['blocked', whileBlocked(undefined)]
      if (reading.dueInMs === 0) return whileDue(facts)
      if (facts.failures > 0) {
        return ['backing-off', `It failed ${times(facts.failures)}; the next attempt is due in ${reading.dueInMs} ms.`]
      }
      return ['delayed', `It is due in ${reading.dueInMs} ms.`]
    case 'waiting':
      return whileWaiting(facts)
  }
}

/** So many are named. */
const NAMED = 3

const AT_A_DEATH = {
  bury: 'If one does not complete, it becomes a dead letter.',
  cancel: 'If one does not complete, it is cancelled.',
  run: 'It runs whatever becomes of them.',
} as const

function whileBlocked(family: FamilyPage | undefined): string {
  if (family === undefined) return 'It runs after other tasks, and not all of them have ended.'
  const { count, heard, onDead, parents } = family
  const open = parents.filter(({ end }) => end === undefined)
  const failed = parents.filter(({ end }) => end !== undefined && end.state !== 'completed')
  const first = `It runs after ${count} ${count === 1 ? 'task' : 'tasks'}, of which ${count - heard} ${count - heard === 1 ? 'has' : 'have'} not ended${namesOf(open)}.`
  const second = failed.length === 0 ? '' : ` ${failed.length} did not complete${namesOf(failed)}.`
  return `${first}${second} ${AT_A_DEATH[onDead]}`
}

function namesOf(members: readonly FamilyMember[]): string {
  if (members.length === 0) return ''
  const names = members.slice(0, NAMED).map(({ queue, n, id = `n${n}`, end }) => {
    return `${id} of ${queue}${end === undefined ? '' : ` (${end.state})`}`
  })
  return `: ${names.join(', ')}${members.length > NAMED ? ', …' : ''}`
}

function whileRunning(facts: TaskFacts): readonly [Because, string] {
  const { leaseEndsInMs = 0, recoveryInMs = 0 } = facts
  if (leaseEndsInMs > 0)
    return ['running', `It is running; its worker holds it for ${leaseEndsInMs} ms more unless it prolongs.`]
  const silent = 'Its worker has been silent for a whole lease'
  if (recoveryInMs > 0) {
    return ['recovery-pause', `${silent}, and after the outage workers have ${recoveryInMs} ms more to reconnect.`]
  }
  const missing = withoutWorker(facts)
  if (missing) return [missing[0], `${silent}, so it has to run again. ${missing[1]}`]
  return ['lease-over', `${silent}; it runs again as soon as any worker claims.`]
}

/**
 * The next claim of any worker puts it at the end of its level: how many tasks are before it is not known until then.
 */
function whileDue(facts: TaskFacts): readonly [Because, string] {
  return withoutWorker(facts) ?? whileNext(facts, 'It is due')
}

function whileWaiting(facts: TaskFacts): readonly [Because, string] {
  const { crashes, ahead } = facts
  const missing = withoutWorker(facts)
  if (missing) return missing
  if (crashes >= SUSPECT_AT) {
    return [
      'suspect',
      `It lost its worker ${times(crashes)}, so it runs apart from others: it waits until a worker holds nothing else.`,
    ]
  }
  if (facts.heldBack !== undefined) return ['limited', heldBackText(facts.heldBack)]
  if (facts.key !== undefined) return whileInKey(facts)
  if (ahead === undefined) return ['behind-others', 'More than 1,000 tasks are claimed before it.']
  if (ahead > 0) return ['behind-others', `${ahead} ${ahead === 1 ? 'task is' : 'tasks are'} claimed before it.`]
  return whileNext(facts, 'It is the next one')
}

/** The keys before its own are served one task each. */
function whileInKey(facts: TaskFacts): readonly [Because, string] {
  const { ahead } = facts
  if (ahead === undefined) return ['behind-others', 'More than 1,000 tasks of its key are claimed before it.']
  if (ahead === 0) return whileNext(facts, 'It is the next one of its key')
  return [
    'behind-others',
    `${ahead} ${ahead === 1 ? 'task' : 'tasks'} of its key ${ahead === 1 ? 'is' : 'are'} claimed before it.`,
  ]
}

function heldBackText({ scope, by, limit, freeInMs = 0 }: HeldBack): string {
  const whose = scope === 'queue' ? 'The queue' : 'Its key'
  switch (by) {
    case 'concurrency':
      return `${whose} may have ${limit} running at once, and has; it goes on when one of them ends.`
    case 'rate':
      return `The rate of ${scope === 'queue' ? 'the queue' : 'its key'} lets the next one through in ${freeInMs} ms.`
    case 'hold':
      return `${whose} is held for ${freeInMs} ms more: a handler was told "too many", or a retry is due before.`
  }
}

function whileNext({ idleWorkers, running }: TaskFacts, what: string): readonly [Because, string] {
  if (idleWorkers > 0 || running === 0) return ['next', `${what}, and a worker is being woken.`]
  return ['workers-busy', `${what}, but all workers are busy (${running} tasks run).`]
}

/** Paused, or no worker: a task whose lease ended does not count as running, since no worker has it any more. */
function withoutWorker({
  paused,
  running,
  idleWorkers,
  workerSeenAgoMs,
}: TaskFacts): readonly [Because, string] | undefined {
  if (paused) return ['paused', 'The queue is paused.']
  if (running > 0 || idleWorkers > 0) return undefined
  if (workerSeenAgoMs === undefined) return ['no-worker', 'No worker has ever claimed from this queue.']
  if (workerSeenAgoMs > WORKER_GONE_MS) {
    return ['no-worker', `No worker of this queue has called for ${workerSeenAgoMs} ms.`]
  }
  return undefined
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
