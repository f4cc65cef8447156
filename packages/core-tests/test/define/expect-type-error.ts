import { expect } from 'vitest'

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return 'not refused'
}

/** `call` throws or rejects, as a programmer's mistake should: a TypeError in the library's own words, with `named` in it. */
export async function expectTypeError(call: () => unknown, named: string): Promise<void> {
  const error = await refusal(call)
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toContain(named)
  expect((error as Error).message).not.toMatch(/is not a function|cannot read|undefined \(reading/i)
}
