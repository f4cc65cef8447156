// Handlers of the tests, as a user has them in a file of their own.
import { bury, retry } from '@mq/core'
import { threadId } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'

export default async (payload, { id, attempt, attempts, queue, fence, headers, enqueuedAt }) => ({
  payload,
  facts: { id, attempt, attempts, queue, headers, isFenced: fence > 0, isTimed: enqueuedAt > 0 },
  elsewhere: threadId !== 0 || process.send !== undefined,
})

export const verdicts = (payload, { attempt }) => {
  if (payload === 'bury') return bury('no use')
  if (payload === 'throw') throw bury('thrown')
  return attempt === 1 ? retry({ delayMs: 5 }) : 'retried'
}

export const throws = () => {
  throw Object.assign(new RangeError('out of range'), { code: 'E_RANGE' })
}

export const spins = (_payload, { progress }) => {
  progress('spinning')
  for (;;);
}

export const fills = async () => {
  const kept = []
  for (;;) {
    kept.push(Array.from({ length: 100_000 }, (_, i) => `${i}-${kept.length}`))
    await sleep(0)
  }
}

export const exits = () => process.exit(0)

export const stops = async (_payload, { signal, log }) => {
  log('began')
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  throw signal.reason
}

export const steps = async (payload, { once, attempt, progress, log, logger }) => {
  const value = await once('a', () => `${payload} ${attempt}`)
  progress({ step: 'a' })
  log('did a')
  logger.info({ step: 'a' }, 'did a')
  logger.info({ not: () => 'cloneable' }, 'did b')
  await once('fails', () => Promise.reject(new TypeError('no step'))).catch((error) => log(error.message))
  if (attempt === 1) throw new Error('again')
  return value
}

export const answersFunction = () => () => 1
export const notAFunction = 5
