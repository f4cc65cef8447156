import { testAdapter } from '@mq/conformance'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, it } from 'vitest'

testAdapter(
  { describe, it },
  {
    name: 'memoryAdapter',
    capabilities: memoryAdapter().capabilities,
    create: async () => {
      const clock = createVirtualClock()
      return { adapter: memoryAdapter(), clock, time: { pass: (ms) => clock.advance(ms) }, dispose: async () => {} }
    },
  },
)
