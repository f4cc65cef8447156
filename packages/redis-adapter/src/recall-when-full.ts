import type { BatchId } from './scripts/queue/enqueue-arguments.ts'
import { MqError } from '@mq/core/adapter'
import { argumentsOf } from './scripts/arguments.ts'
import { RECALL, recallScript } from './scripts/queue/recall.ts'
import type { Script } from './script.ts'

/**
 * What a batch was answered: a server that is full refuses it, and it may be the repetition of a call that was done.
 */
export async function recallWhenFull(
  sent: Promise<unknown>,
  { lane, seq }: BatchId,
  run: (script: Script, args: readonly (string | number)[]) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await sent
  } catch (thrown) {
    if (!MqError.is(thrown, 'storage-full')) throw thrown
    const known = await run(recallScript, argumentsOf(RECALL, { lane, seq }))
    if (typeof known === 'string') return known
    throw thrown
  }
}
