import { createBroker, silentLogger } from '@mq/core'
import type { Adapter, Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'

/** Processes that share one storage, in virtual time; `errors`: what was reported to all of them. */
export function lab(adapter: Adapter = memoryAdapter()): {
  readonly clock: VirtualClock
  readonly errors: Error[]
  readonly open: () => Broker
} {
  const clock = createVirtualClock()
  const errors: Error[] = []
  const open = (): Broker =>
    createBroker(adapter, { clock, logger: silentLogger, onError: (error) => errors.push(error) })
  return { clock, errors, open }
}
