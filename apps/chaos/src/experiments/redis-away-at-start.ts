import { lasting } from '../until.ts'
import type { Experiment } from './experiment.ts'

export const redisAwayAtStart: Experiment = {
  name: 'redis-away-at-start',
  fault: 'all programs start 1.5 s before Redis',
  bound: '0',
  steady: true,
  peers: true,
  before: ({ server }) => server.kill(),
  async run(scene) {
    await scene.strike('no redis', '*', async () => {
      await lasting(1_500)
      await scene.server.restart()
    })
    await scene.rest()
  },
}
