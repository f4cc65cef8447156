import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

export const workerKilled: Experiment = {
  name: 'worker-killed',
  fault: 'SIGKILL of a worker; another takes its place',
  bound: 'what the killed one had claimed and not settled',
  peers: true,
  run: (scene) =>
    repeated(scene, async () => {
      const victim = scene.dice.oneOf(scene.crew.workers)
      await scene.strike('SIGKILL', [victim.proc], () => victim.kill())
      await scene.crew.replace()
    }),
}
