// The arguments of the ports, checked once for all adapters, before anything is sent: nothing was done, and the same
// call will be refused again.
import { MqError } from '../errors.ts'
import type { GroupCommand, GroupTurn } from './group-driver.ts'
import type { HistoryLimits } from './history-limits.ts'
import { checkFamily } from './check-flows.ts'
import { checkHold, checkLimits } from './check-limits.ts'
import { checkCount, checkDuration, checkInteger, checkText, refuse } from './check-values.ts'
import { MAX_AHEAD, MAX_BATCH, MAX_ERROR, MAX_KEY, MAX_LEVEL, MAX_ORDER, MAX_WEIGHT } from './limits.ts'
import type { DeadCommand, ListQuery, QueueCommand, TaskChange, TaskRef } from './queue-admin.ts'
import type { EndedLane, EnqueueBatch, Settlement, Turn } from './queue-driver.ts'
import type { PageQuery } from './task-listing.ts'

const KINDS: readonly Settlement['kind'][] = ['complete', 'retry', 'release', 'bury', 'expire']
const PURGED: readonly string[] = ['waiting', 'delayed']
const PAGES: readonly string[] = ['waiting', 'delayed', 'blocked', 'running', 'ended']
const CURSOR = /^[A-Za-z0-9:.+-]{1,2200}$/

/** The arguments of `enqueue`. */
export function checkBatch({ lane, seq, tasks, capacity, keyCapacity, outcomes }: EnqueueBatch): void {
  checkLane(lane, seq)
  if (outcomes) checkOutcomes(outcomes)
  checkCount('tasks', tasks.length)
  if (capacity !== undefined) checkInteger('capacity', capacity, 0, Number.MAX_SAFE_INTEGER)
  if (keyCapacity !== undefined) checkInteger('keyCapacity', keyCapacity, 0, Number.MAX_SAFE_INTEGER)
  // By index: this is done for each task, and an iterator makes an object for each.
  for (let i = 0; i < tasks.length; i++) {
    const { id, dedupe, level, key, weight, delayMs, after, header, payload } = tasks[i]!
    if (after !== undefined) checkFamily(after)
    if (id !== undefined) checkText('an id', id)
    if (dedupe !== undefined) {
      checkText('a key', dedupe.key)
      checkDuration('windowMs', dedupe.windowMs)
    }
    checkInteger('level', level, 0, MAX_LEVEL)
    if (key !== undefined) checkKey(key)
    if (weight !== undefined) checkInteger('weight', weight, 1, MAX_WEIGHT)
    checkDuration('delayMs', delayMs)
    checkText('a header', header)
    if (header.includes('\n')) refuse('a header has no newline')
    checkText('a payload', payload)
  }
}

/** The arguments of `settleAndClaim`, of a queue and of a group. */
export function checkTurn({ lane, seq, settlements, want, maxBytes, leaseMs, outcomes, limits, granted }: Turn): void {
  checkLane(lane, seq)
  if (granted !== undefined) checkText('a lease', granted)
  if (outcomes) checkOutcomes(outcomes)
  if (limits) checkLimits(limits)
  checkInteger('want', want, 0, MAX_BATCH)
  checkDuration('maxBytes', maxBytes)
  checkDuration('leaseMs', leaseMs)
  checkCount('settlements', settlements.length)
  for (const settlement of settlements) {
    if (!KINDS.includes(settlement.kind)) refuse(`no settlement is called ${String(settlement.kind)}`)
    checkText('a lease', settlement.lease)
    if (settlement.kind === 'retry') {
      checkDuration('delayMs', settlement.delayMs)
      if (settlement.error !== undefined) checkError(settlement.error)
    } else if (settlement.kind === 'release') {
      if (settlement.hold !== undefined) checkHold(settlement.hold)
    } else if (settlement.kind === 'bury') {
      checkText('a reason', settlement.reason)
      checkText('a detail', settlement.detail)
    } else if (settlement.kind === 'complete') {
      const { result, keep, next } = settlement
      checkText('a result', result ?? '')
      checkText('a next', next ?? '')
      if (keep !== undefined && typeof keep !== 'boolean') refuse('keep is true, false or undefined')
    }
  }
}

/** The arguments of a group's turn. */
export function checkGroupTurn(turn: GroupTurn): void {
  checkTurn(turn)
  const { order } = turn
  if (order === undefined) return
  checkInteger('the number of keys', order.keys.length, 0, MAX_AHEAD)
  for (const { id, key } of order.keys) {
    checkText('an id', id)
    checkKey(key)
  }
}

/** The arguments of `extend`, of a queue and of a group. */
export function checkExtend(leases: readonly string[], leaseMs: number): void {
  checkCount('leases', leases.length)
  for (const lease of leases) checkText('a lease', lease)
  checkDuration('leaseMs', leaseMs)
}

/** The arguments of `read`. */
export function checkRead(tasks: readonly TaskRef[]): void {
  checkCount('tasks', tasks.length)
  for (const task of tasks) checkTask(task)
}

/** The arguments of a queue's `apply`. */
export function checkCommand(command: QueueCommand): void {
  switch (command.kind) {
    case 'cancel':
      checkTask(command.task)
      return checkText('a reason', command.reason)
    case 'change':
      return checkChange(command.task, command)
    case 'purge':
      if (!PURGED.includes(command.state)) refuse(`no ${String(command.state)} tasks can be purged`)
      checkText('a reason', command.reason)
      return checkInteger('limit', command.limit, 1, MAX_BATCH)
    case 'redrive':
    case 'discard':
      return checkDeadCommand(command)
    case 'pause':
    case 'resume':
      if (command.order !== undefined) checkInteger('order', command.order, 1, MAX_ORDER)
      return
    case 'obliterate':
    case 'retire':
      return
    default:
      refuseCommand(command)
  }
}

/** The arguments of a group's `apply`. Where it reads from is core's to check. */
export function checkGroupCommand(command: GroupCommand): void {
  switch (command.kind) {
    case 'redrive':
    case 'discard':
      return checkDeadCommand(command)
    case 'pause':
    case 'resume':
    case 'seek':
    case 'remove':
      return
    default:
      refuseCommand(command)
  }
}

/** The arguments of `publish`. */
export function checkMessages(bodies: readonly string[]): void {
  if (bodies.length === 0) refuse('at least one message at once')
  checkCount('messages', bodies.length)
  for (const body of bodies) checkText('a message', body)
}

/** The arguments of `endLanes`. */
export function checkEndedLanes(lanes: readonly EndedLane[]): void {
  checkCount('lanes', lanes.length)
  for (const { lane, seq } of lanes) checkLane(lane, seq)
}

export function checkKey(key: string): void {
  checkText('a key', key)
  if (key.length === 0 || key.length > MAX_KEY) refuse(`a key has 1–${MAX_KEY} characters, not ${key.length}`)
}

export function checkOutcomes({ maxAgeMs, maxCount, maxBytes, unreadFactor, groupExpiresMs }: HistoryLimits): void {
  for (const bound of [maxAgeMs, maxCount, maxBytes]) {
    if (bound !== undefined) checkInteger('a bound of outcomes', bound, 1, Number.MAX_SAFE_INTEGER)
  }
  checkInteger('unreadFactor', unreadFactor, 1, Number.MAX_SAFE_INTEGER)
  checkInteger('groupExpiresMs', groupExpiresMs, 0, Number.MAX_SAFE_INTEGER)
}

function checkChange(task: TaskRef, { delayMs = 0, level = 0, payload = '' }: TaskChange): void {
  checkTask(task)
  checkDuration('delayMs', delayMs)
  checkInteger('level', level, 0, MAX_LEVEL)
  checkText('a payload', payload)
}

function checkDeadCommand(command: DeadCommand): void {
  checkCount('dead letters', command.tasks.length)
  if (command.kind === 'discard') {
    for (const n of command.tasks) checkText('a number', n)
    return
  }
  for (const { n, delayMs, payload } of command.tasks) {
    checkText('a number', n)
    checkDuration('delayMs', delayMs)
    checkText('a payload', payload ?? '')
  }
}

/** The arguments of `list`. */
export function checkList({ state, only, diedFrom = 0, diedTo = 0, limit }: ListQuery): void {
  if (state !== 'dead') refuse(`no list is called ${String(state)}`)
  checkCount('dead letters', only?.length ?? 0)
  for (const time of [diedFrom, diedTo]) checkInteger('a time', time, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('limit', limit, 0, MAX_BATCH)
}

/** The arguments of `page`. Whether a cursor of the right form is one of the adapter's is the adapter's to check. */
export function checkPage({ state, key, after, limit }: PageQuery): void {
  if (!PAGES.includes(state)) refuse(`no page is called ${String(state)}`)
  if (key !== undefined) checkText('a key', key)
  if (key !== undefined && state !== 'waiting') refuse('only tasks that wait are listed by their key')
  if (after !== undefined && !(typeof after === 'string' && CURSOR.test(after))) refuseCursor()
  checkInteger('limit', limit, 1, MAX_BATCH)
}

/** Throws `invalid-options`: a cursor may be what a client of the program sent. */
export function refuseCursor(): never {
  throw new MqError('invalid-options', 'after is not the next of a page of these tasks', {
    details: { option: 'after', kind: 'a text' },
  })
}

function checkError(error: string): void {
  checkText('an error', error)
  if (error.length > MAX_ERROR) refuse(`an error has at most ${MAX_ERROR} characters, not ${error.length}`)
  if (/[\t\n]/.test(error)) refuse('an error has no tab and no line break')
}

function refuseCommand(command: never): never {
  refuse(`no command is called ${String((command as { readonly kind: unknown }).kind)}`)
}

function checkTask(task: TaskRef): void {
  if ('id' in task) checkText('an id', task.id)
  else checkText('a number', task.n)
}

export function checkLane(lane: string, seq: number): void {
  if (typeof lane !== 'string' || lane === '') refuse('a lane has a name')
  checkInteger('seq', seq, 0, Number.MAX_SAFE_INTEGER)
}
