import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'
import { stopFor } from './stop-for.ts'

export const workerStopped: Experiment = {
  name: 'worker-stopped',
  fault: 'SIGSTOP of a worker for three leases, then SIGCONT',
  bound: 'what the stopped one had claimed and not settled',
  peers: true,
  run: (scene) =>
    repeated(scene, async () => {
      const victim = scene.dice.oneOf(scene.crew.workers)
      await stopFor(scene, victim, 3 * scene.leaseMs)
    }),
}
