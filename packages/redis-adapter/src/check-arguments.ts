import { MqError } from '@mq/core'

const MOST_AT_ONCE = 1_000

/** Refused here, before anything is sent: nothing was done, and the same call will be refused again. */
export function checkWhole(what: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw new MqError('storage-refused', `${what} is not a whole number: ${value}`)
}

export function checkBatch(size: number): void {
  if (size >= 0 && size <= MOST_AT_ONCE) return
  throw new MqError('storage-refused', `at most ${MOST_AT_ONCE} at once, not ${size}`)
}
