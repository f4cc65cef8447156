import type { Experiment } from './experiment.ts'
import { lasting } from '../until.ts'
import { repeated } from './repeated.ts'

export const workerStopped: Experiment = {
  name: 'worker-stopped',
  fault: 'SIGSTOP of a worker for three leases, then SIGCONT',
  bound: 'what the stopped one had claimed and not settled',
  peers: true,
  run: (scene) =>
    repeated(scene, async () => {
      const victim = scene.dice.oneOf(scene.crew.workers)
      await scene.strike('SIGSTOP', [victim.proc], async () => {
        victim.signal('SIGSTOP')
        await lasting(3 * scene.leaseMs)
        victim.signal('SIGCONT')
      })
    }),
}
