// Handlers of the tests, as a user has them in a file of their own.
import { bury, retry } from '@mq/core'
import { MessageChannel, parentPort, threadId } from 'node:worker_threads'
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
    kept.push(Array.from({ length: 500_000 }, () => kept.length + 0.5))
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

export const postsByItself = async (payload) => {
  for (const message of [
    null,
    5,
    { ready: true },
    { mq: 'logger', level: 'shout' },
    { mq: 'once', ask: 1 },
    { mq: 'x' },
  ]) {
    if (process.send) process.send(message)
    else parentPort.postMessage(message)
  }
  await sleep(50)
  return payload
}

export const leavesTimers = async (payload, { log, progress, logger }) => {
  if (payload === 'first') {
    setTimeout(() => {
      log('of the first')
      progress('of the first')
      logger.info({ step: 'of the first' }, 'late')
    }, 150)
    return 'gone'
  }
  await sleep(400)
  return 'here'
}

export const answersLate = async (payload, { signal }) => {
  if (payload === 'first') return 'gone'
  await sleep(200)
  return signal.aborted ? 'aborted' : 'untouched'
}

export const leavesAnExit = (payload) => {
  if (payload === 'first') setTimeout(() => process.exit(0), 50)
  return payload
}

export const disconnects = async () => {
  process.disconnect?.()
  await new Promise((resolve) => setTimeout(resolve, 60_000))
}

export const ignoresSignals = async () => {
  process.on('SIGTERM', () => undefined)
  setInterval(() => undefined, 10)
  await new Promise(() => undefined)
}

export const throwsOdd = (payload) => {
  const odd = {
    nothing: undefined,
    null: null,
    function: () => 1,
    getter: Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('hands off')
      },
    }),
    proxy: new Proxy(
      {},
      {
        get: () => {
          throw new Error('hands off')
        },
        has: () => {
          throw new Error('hands off')
        },
      },
    ),
    promise: Promise.reject(new Error('inner')),
  }
  odd.promise.catch(() => undefined)
  throw odd[payload]
}

export const answersOdd = (payload) => {
  const odd = {
    shared: () => new SharedArrayBuffer(8),
    port: () => new MessageChannel().port1,
    proxy: () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('hands off')
          },
        },
      ),
    // oxlint-disable-next-line unicorn/no-thenable -- it is hostile on purpose
    thenable: () => ({ then: (_, reject) => reject(new Error('no then')) }),
    cycle: () => {
      const a = {}
      a.a = a
      return a
    },
    weak: () => new WeakMap(),
  }
  return odd[payload]()
}

export const blocks = (payload) => {
  if (payload === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  return payload
}

export const adds = (payload) => payload + 1
