import { MqError } from '@mq/core'
import type { EnqueueBatch, Settlement, Turn } from '@mq/core'

const MOST = 1_000
const KINDS: readonly Settlement['kind'][] = ['complete', 'retry', 'release', 'bury', 'expire']

/** Nothing was done, and the same call will be refused again. */
export function refuse(why: string): never {
  throw new MqError('storage-refused', why)
}

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
    checkInteger('level', level, 0, 9)
    checkDuration('delayMs', delayMs)
    checkText('a header', header)
    if (header.includes('\n')) refuse('a header has no newline')
    checkText('a payload', payload)
  }
}

export function checkTurn({ lane, seq, settlements, want, maxBytes, leaseMs }: Turn): void {
  checkLane(lane, seq)
  checkInteger('want', want, 0, MOST)
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

export function checkCount(what: string, count: number): void {
  if (count > MOST) refuse(`at most ${MOST} ${what} at once, not ${count}`)
}

export function checkInteger(what: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    refuse(`${what} must be a whole number from ${least} to ${most}, not ${String(value)}`)
  }
}

export function checkDuration(what: string, value: number): void {
  if (!Number.isFinite(value) || value < 0) refuse(`${what} must be a number from 0 on, not ${String(value)}`)
}

function checkText(what: string, text: string): void {
  if (typeof text !== 'string') refuse(`${what} is a text, not ${typeof text}`)
}

function checkLane(lane: string, seq: number): void {
  if (typeof lane !== 'string' || lane === '') refuse('a lane has a name')
  checkInteger('seq', seq, 0, Number.MAX_SAFE_INTEGER)
}
