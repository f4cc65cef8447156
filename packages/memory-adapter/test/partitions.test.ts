import { testPartitions } from '@mq/conformance'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { describe, it } from 'vitest'

for (const together of [true, false]) {
  testPartitions(
    { describe, it },
    {
      name: 'memoryAdapter',
      together,
      capabilities: memoryAdapter().capabilities,
      create: async () => {
        const clock = createVirtualClock()
        const adapter = memoryAdapter()
        const { otherProgram } = adapter
        return { adapter, clock, otherProgram, time: { pass: (ms) => clock.advance(ms) }, dispose: async () => {} }
      },
    },
  )
}
