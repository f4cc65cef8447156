import { expect, it } from 'vitest'
import { MqError } from '../errors.ts'
import { createVirtualClock } from '../testing/index.ts'
import { repeatUntilKnown } from './repeat.ts'
import type { Services } from '../services/services.ts'

const unsent = new MqError('unavailable', 'not sent', { details: { sent: false } })
const unknown = new MqError('unavailable', 'no reply')
const passing = new MqError('storage-refused', 'MISCONF', { details: { passing: true } })
const refused = new MqError('storage-refused', 'wrong type')

/** The end of a call that meets these errors in turn, the last one for ever. */
async function endOf(
  errors: readonly Error[],
  onlyUnsent = false,
  closed = new AbortController().signal,
): Promise<{ end: unknown; calls: number }> {
  const clock = createVirtualClock()
  const services = { clock, random: () => 0.5, closed } as unknown as Services
  let calls = 0
  const call = async (): Promise<never> => {
    throw errors[Math.min(calls++, errors.length - 1)]!
  }
  const ended = repeatUntilKnown(services, call, { timeoutMs: 2_000, onlyUnsent }).catch((error: unknown) => error)
  await clock.advance(5_000)
  return { end: await ended, calls }
}

it('a refusal that may pass is tried again, and is what it is when the time is over', async () => {
  const { end, calls } = await endOf([unsent, passing])
  expect(end).toBe(passing)
  expect(calls).toBeGreaterThan(3)
})

it('it is unknown after a try that may have been done', async () => {
  const { end } = await endOf([unknown, passing])
  expect(end).toMatchObject({ code: 'unavailable', message: 'no reply (then: MISCONF)' })
})

it('what may be sent only once is tried again after it, and not after an unknown end', async () => {
  expect((await endOf([passing, passing, unknown], true)).calls).toBe(3)
  expect(await endOf([unknown], true)).toEqual({ end: unknown, calls: 1 })
})

it('any other refusal is thrown at once', async () => {
  expect(await endOf([refused])).toEqual({ end: refused, calls: 1 })
})

it('it is not tried without a pause when the broker is closed already', async () => {
  const { calls } = await endOf([unknown], false, AbortSignal.abort())
  expect(calls).toBeLessThan(12)
})
