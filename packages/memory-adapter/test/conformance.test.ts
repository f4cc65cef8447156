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
      const adapter = memoryAdapter()
      const { otherProgram } = adapter
      return { adapter, clock, otherProgram, time: { pass: (ms) => clock.advance(ms) }, dispose: async () => {} }
    },
  },
)
