import type { Adapter } from '../ports/adapter.ts'
import { tryReading } from '../values/try-reading.ts'
import { show } from './check.ts'

/** Throws a TypeError unless this is an adapter, and not, say, the function that makes one. */
export function checkAdapter(adapter: Adapter): void {
  if (tryReading(() => typeof adapter === 'object' && typeof adapter.open === 'function')) return
  const given: unknown = adapter
  const itself = typeof given === 'function' ? ' that makes one: call it' : ''
  throw new TypeError(
    `adapter must be what redisAdapter({ url }) or memoryAdapter() returns, not ${show(given)}${itself}`,
  )
}
