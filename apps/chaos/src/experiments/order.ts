import type { Experiment } from './experiment.ts'
import { USUAL_CREW } from '../crew/crew-plan.ts'
import { repeated } from './repeated.ts'

export const order: Experiment = {
  name: 'order',
  fault: 'none; one producer that waits for each receipt, one worker, one task at a time',
  bound: '0; and tasks start in the order of their receipts',
  crew: () => ({
    producers: 1,
    workers: 1,
    producer: { ...USUAL_CREW.producer, lanes: 1, pauseMs: [0, 2], workMs: [0, 2], delayed: 0, failing: 0 },
    worker: { ...USUAL_CREW.worker, concurrency: 1 },
  }),
  expected: { ordered: true },
  steady: true,
  peers: true,
  run: (scene) => repeated(scene, () => scene.rest()),
}
