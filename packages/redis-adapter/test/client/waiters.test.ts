import { queryObjects } from 'node:v8'
import { expect, it } from 'vitest'
import { Waiters } from '../../src/waiters.ts'

class Call {
  done = false
  readonly end = (): void => void (this.done = true)
}

it('who no longer waits for the connection is not kept until it comes', async () => {
  const waiters = new Waiters()
  for (let i = 0; i < 1_000; i++) {
    const gone = new AbortController()
    const waiting = waiters.wait(gone.signal).catch(new Call().end)
    gone.abort()
    await waiting
  }
  const calls = [new Call(), new Call()]
  const living = calls.map(async (call) => waiters.wait().then(call.end))
  expect(queryObjects(Call)).toBe(2)
  waiters.resolve()
  await Promise.all(living)
  expect(calls.map(({ done }) => done)).toEqual([true, true])
})
