import { lasting, until } from '../until.ts'
import type { Scene } from './experiment.ts'

/** As many scripts as `cuts` says are executed, and each reply is replaced by a reset. */
export async function cutReplies(
  { proxy, dice }: Scene,
  cuts: number,
  pauseMs: readonly [low: number, high: number] = [20, 150],
): Promise<void> {
  for (let i = 0; i < cuts; i++) {
    await until('a script to pass', 10_000, proxy.cutNextReply().done)
    await lasting(dice.between(...pauseMs))
  }
}
