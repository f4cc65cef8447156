import { vi } from 'vitest'

/**
 * A wait for something that has to happen ends a hanging test, and says nothing about speed: on a busy machine vitest's own second
 * is over before a process has started.
 */
const AT_LEAST_MS = 60_000

const { waitFor } = vi
vi.waitFor = (callback, options = {}) => {
  const given = typeof options === 'number' ? { timeout: options } : options
  return waitFor(callback, { ...given, timeout: Math.max(AT_LEAST_MS, given.timeout ?? 0) })
}
