import type { Hand } from '../crew/hand.ts'
import { lasting } from '../until.ts'
import type { Scene } from './experiment.ts'

/** SIGKILL of these at once; what others do is not counted for a while. */
export async function killAll({ strike }: Scene, hands: readonly Hand[], awayMs = 0): Promise<void> {
  await strike(
    'SIGKILL',
    hands.map(({ proc }) => proc),
    async () => {
      await Promise.all(hands.map((each) => each.kill()))
      await lasting(awayMs)
    },
  )
}
