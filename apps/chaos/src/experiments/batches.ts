import { USUAL_CREW } from '../crew/crew-plan.ts'
import { cutReplies } from './cut-replies.ts'
import type { Experiment, Scene } from './experiment.ts'
import { poisonTask } from './poison-task.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

const CUTS = 3
const SIZE = 8

/** Two calls at once, of up to eight tasks. */
const worker = { ...USUAL_CREW.worker, concurrency: 2, batch: SIZE }

/** Each task of a batch is one like any other, whatever becomes of the call, its worker, or the reply. */
export const batches: Experiment = {
  name: 'batches',
  fault: `workers take batches of ${SIZE}: a worker is killed and replaced, one stands still for more than a lease, ${CUTS} replies are cut`,
  bound: 'what was claimed and not settled; no task is lost, and each ends once',
  proxied: true,
  crew: () => ({ worker, producer: { ...USUAL_CREW.producer, failing: 0.05, mixed: 0.1 } }),
  peers: false,
  run: (scene) => repeated(scene, (round) => strike(scene, (round + scene.dice.between(0, 2)) % 3)),
}

/** Its neighbours are charged with crashes that are its own, and none of them is buried. */
export const poisonInBatch: Experiment = {
  ...poisonTask,
  name: 'poison-in-batch',
  fault: `${poisonTask.fault}; workers take batches of ${SIZE}`,
  crew: (...given) => ({ ...poisonTask.crew?.(...given), worker }),
  peers: false,
}

async function strike(scene: Scene, kind: number): Promise<void> {
  const victim = scene.dice.oneOf(scene.crew.workers)
  switch (kind) {
    case 0:
      await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
      await scene.crew.replace()
      return
    case 1:
      return stopFor(scene, victim, scene.leaseMs * 1.6)
    default:
      return scene.strike('replies cut', '*', () => cutReplies(scene, CUTS))
  }
}
