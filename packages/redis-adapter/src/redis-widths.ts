import type { Widths } from '@mq/core/adapter'
import type { Participant } from './participant.ts'
import { argumentsOf } from './scripts/arguments.ts'
import { CLAIM, claimWidthScript } from './scripts/queue/claim-width.ts'
import { markArguments, markPartitionsScript, parseMarks } from './scripts/queue/mark-partitions.ts'
import { RELEASE, releaseWidthScript } from './scripts/queue/release-width.ts'

/** How many partitions queues have: the layout of the queue without partitions, which refuses all else by it. */
export function createRedisWidths(participant: Participant): Widths {
  return {
    async claim(queue, wanted) {
      const keys = participant.keys.of(claimWidthScript, queue)
      return Number(await participant.evaluateDurably(claimWidthScript, keys, argumentsOf(CLAIM, { wanted })))
    },
    async of(queue) {
      const [meta = ''] = participant.keys.of(releaseWidthScript, queue)
      const layout = await participant.call('hget', meta, ['layout'])
      return Number(/^p(\d+)$/.exec(String(layout))?.[1] ?? 1)
    },
    async release(queue, had) {
      const keys = participant.keys.of(releaseWidthScript, queue)
      await participant.evaluate(releaseWidthScript, keys, argumentsOf(RELEASE, { had }))
    },
    async mark(queue, of, marks) {
      const keys = participant.keys.of(markPartitionsScript, queue)
      return parseMarks(await participant.evaluate(markPartitionsScript, keys, markArguments(of, marks)))
    },
  }
}
