// A clock that fails ends no loop: the system's time goes on in its place.
import { createBroker, silentLogger, systemClock } from '@mq/core'
import type { Clock } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it } from 'vitest'

function fails(): never {
  throw new Error('the clock is broken')
}

const CLOCKS: Readonly<Record<string, Partial<Clock>>> = {
  'whose now() throws': { now: fails },
  'whose now() answers NaN': { now: () => Number.NaN },
  'whose now() answers a text': { now: () => '12' as unknown as number },
  'whose timers cannot be set': { schedule: fails },
  'whose timers are set, and then it throws': {
    schedule: (callback, delayMs) => (systemClock.schedule(callback, delayMs), fails()),
  },
  'whose timers are not timers': {
    schedule: (callback, delayMs) => void systemClock.schedule(callback, delayMs) as never,
  },
  'whose timers cannot be cancelled': {
    schedule: (callback, delayMs) => (systemClock.schedule(callback, delayMs), { cancel: fails }),
  },
}

it.each(Object.keys(CLOCKS))('a worker goes on with a clock %s', async (what) => {
  const errors: Error[] = []
  let isBroken = false
  const own = { ...systemClock, ...CLOCKS[what] }
  const clock: Clock = {
    now: () => (isBroken ? own.now() : systemClock.now()),
    schedule: (callback, delayMs) => (isBroken ? own : systemClock).schedule(callback, delayMs),
  }
  const options = { clock, logger: silentLogger, onError: (error: Error) => void errors.push(error) }
  const broker = createBroker(memoryAdapter(), options)
  const queue = broker.queue('q')
  const ran: unknown[] = []
  queue.process((payload) => void ran.push(payload), { concurrency: 2 })
  await (await queue.enqueue('before')).result({ timeoutMs: 5_000 })
  isBroken = true
  await (await queue.enqueue('amid')).outcome({ timeoutMs: 5_000 })
  await (await queue.enqueue('later', { delayMs: 20, timeoutMs: 5_000 })).outcome({ timeoutMs: 5_000 })
  isBroken = false
  await (await queue.enqueue('after')).outcome({ timeoutMs: 5_000 })
  expect(ran).toEqual(['before', 'amid', 'later', 'after'])
  const clockErrors = errors.filter(({ message }) => message.startsWith('the clock failed'))
  expect(clockErrors).toHaveLength(1)
  await broker.close({ deadlineMs: 1_000 })
})
