// The arguments of the ports, checked once for all adapters, before anything is sent: nothing was done, and the same call will be refused
// again.
import { MqError } from '../errors.ts'
import { MAX_BATCH, MAX_LEVEL } from './limits.ts'
import type { DeadCommand, ListQuery } from './queue-admin.ts'
import type { EndedLane, EnqueueBatch, Settlement, Turn } from './queue-driver.ts'

const KINDS: readonly Settlement['kind'][] = ['complete', 'retry', 'release', 'bury', 'expire']

/** Throws `storage-refused`: nothing was done, and the same call will be refused again. */
export function refuse(why: string): never {
  throw new MqError('storage-refused', why)
}

/** The arguments of `enqueue`. */
export function checkBatch({ lane, seq, tasks, capacity }: EnqueueBatch): void {
  checkLane(lane, seq)
  checkCount('tasks', tasks.length)
  if (capacity !== undefined) checkInteger('capacity', capacity, 0, Number.MAX_SAFE_INTEGER)
  for (const { id, dedupe, level, delayMs, header, payload } of tasks) {
    checkText('an id', id ?? '')
    if (dedupe !== undefined) {
      checkText('a key', dedupe.key)
      checkDuration('windowMs', dedupe.windowMs)
    }
    checkInteger('level', level, 0, MAX_LEVEL)
    checkDuration('delayMs', delayMs)
    checkText('a header', header)
    if (header.includes('\n')) refuse('a header has no newline')
    checkText('a payload', payload)
  }
}

/** The arguments of `settleAndClaim`, of a queue and of a group. */
export function checkTurn({ lane, seq, settlements, want, maxBytes, leaseMs }: Turn): void {
  checkLane(lane, seq)
  checkInteger('want', want, 0, MAX_BATCH)
  checkDuration('maxBytes', maxBytes)
  checkDuration('leaseMs', leaseMs)
  checkCount('settlements', settlements.length)
  for (const settlement of settlements) {
    if (!KINDS.includes(settlement.kind)) refuse(`no settlement is called ${String(settlement.kind)}`)
    checkText('a lease', settlement.lease)
    if (settlement.kind === 'retry') checkDuration('delayMs', settlement.delayMs)
    else if (settlement.kind === 'bury') {
      checkText('a reason', settlement.reason)
      checkText('a detail', settlement.detail)
    } else if (settlement.kind === 'complete') checkText('a result', settlement.result ?? '')
  }
}

/** The arguments of `endLanes`. */
export function checkEndedLanes(lanes: readonly EndedLane[]): void {
  checkCount('lanes', lanes.length)
  for (const { lane, seq } of lanes) checkLane(lane, seq)
}

/** The commands about dead letters. */
export function checkDeadCommand(command: DeadCommand): void {
  checkCount('dead letters', command.tasks.length)
  if (command.kind === 'redrive') for (const { delayMs } of command.tasks) checkDuration('delayMs', delayMs)
}

/** The arguments of `list`. */
export function checkList({ state, only, diedFrom = 0, diedTo = 0, limit }: ListQuery): void {
  if (state !== 'dead') refuse(`no list is called ${String(state)}`)
  checkCount('dead letters', only?.length ?? 0)
  for (const time of [diedFrom, diedTo]) checkInteger('a time', time, 0, Number.MAX_SAFE_INTEGER)
  checkInteger('limit', limit, 0, MAX_BATCH)
}

/** At most 1,000 in one call. */
export function checkCount(what: string, count: number): void {
  if (count > MAX_BATCH) refuse(`at most ${MAX_BATCH} ${what} at once, not ${count}`)
}

/** A whole number from `least` to `most`, both included. */
export function checkInteger(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    refuse(`${what} must be a whole number from ${least} to ${most}, not ${String(value)}`)
  }
}

/** A number of ms or bytes, from 0 on; it need not be a whole one. */
export function checkDuration(what: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return
  refuse(`${what} must be a number from 0 to ${Number.MAX_SAFE_INTEGER}, not ${String(value)}`)
}

function checkText(what: string, text: string): void {
  if (typeof text !== 'string') refuse(`${what} is a text, not ${typeof text}`)
}

function checkLane(lane: string, seq: number): void {
  if (typeof lane !== 'string' || lane === '') refuse('a lane has a name')
  checkInteger('seq', seq, 0, Number.MAX_SAFE_INTEGER)
}
