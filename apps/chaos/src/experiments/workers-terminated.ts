import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

export const workersTerminated: Experiment = {
  name: 'workers-terminated',
  fault: 'SIGTERM of a worker under load; another takes its place',
  bound: '0: it finishes or gives back what it has',
  peers: true,
  run: (scene) =>
    repeated(scene, async () => {
      const victim = scene.dice.oneOf(scene.crew.workers)
      await scene.strike('SIGTERM', [], async () => {
        victim.signal('SIGTERM')
        await victim.stopped(15_000)
      })
      await scene.crew.replace()
    }),
}
