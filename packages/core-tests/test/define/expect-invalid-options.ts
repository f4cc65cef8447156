import { MqError } from '@mq/core'
import { expect } from 'vitest'

/** `call` throws or rejects with `invalid-options`, which names the option and the kind of value. */
export async function expectInvalidOptions(call: () => unknown, named: string): Promise<void> {
  const error: unknown = await (async () => call())().then(
    () => 'not refused',
    (thrown: unknown) => thrown,
  )
  expect(error).toMatchObject({
    code: 'invalid-options',
    message: expect.stringContaining(named),
    details: { option: expect.stringMatching(/./), kind: expect.stringMatching(/./) },
  })
  expect(MqError.is(error, 'invalid-options')).toBe(true)
}
