import type { Experiment } from './experiment.ts'
import { repeated } from './repeated.ts'

export const calm: Experiment = {
  name: 'calm',
  fault: 'none',
  bound: '0: with no fault nothing runs twice',
  steady: true,
  peers: true,
  run: (scene) => repeated(scene, () => scene.rest()),
}
