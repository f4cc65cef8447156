import { TASKS_PER_PRODUCER } from '../crew/crew.ts'
import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

export const eventLoopBlocked: Experiment = {
  name: 'event-loop-blocked',
  fault: 'a handler that blocks its event loop for two and a half leases',
  bound: 'what the blocked worker had claimed and not settled',
  crew: ({ rounds }) => {
    const busy = { kind: 'busy', workMs: 2.5 * USUAL_CREW.leaseMs } as const
    const blocked = Array.from({ length: rounds }, (_, i) => [TASKS_PER_PRODUCER + 100 + 400 * i, busy])
    return { producer: { ...USUAL_CREW.producer, specials: Object.fromEntries(blocked) } }
  },
  peers: true,
  async run(scene) {
    await repeated(scene, () => scene.rest())
    await scene.rest()
  },
}
