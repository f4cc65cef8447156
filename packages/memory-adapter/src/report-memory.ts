import type { StorageReport } from '@mq/core/adapter'

/** What an operator has to know of a storage in memory. */
export function reportMemory(counts: { readonly queues: number; readonly channels: number }): StorageReport {
  return {
    kind: 'memory',
    facts: [
      { name: 'queues', value: counts.queues },
      { name: 'channels', value: counts.channels },
    ],
    findings: [
      {
        level: 'warning',
        code: 'not-persistent',
        text: 'All queues and channels are in the memory of this process, and end with it. No other process sees them.',
      },
    ],
  }
}
