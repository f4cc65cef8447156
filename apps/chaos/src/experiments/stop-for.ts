import type { Hand } from '../crew/hand.ts'
import { lasting } from '../until.ts'
import type { Scene } from './experiment.ts'

/** SIGSTOP of one, then SIGCONT. */
export async function stopFor({ strike }: Scene, hand: Hand, ms: number): Promise<void> {
  await strike('SIGSTOP', [hand.proc], async () => {
    hand.signal('SIGSTOP')
    await lasting(ms)
    hand.signal('SIGCONT')
  })
}
