import { USUAL_CREW } from '../crew/crew-plan.ts'
import { clusterMasterKilled } from './cluster.ts'
import { expectedOf } from './experiment.ts'
import type { Experiment, Scene } from './experiment.ts'
import { redisKilledAlways } from './redis-killed.ts'
import { workerKilled } from './worker-killed.ts'

/** One after the other, more and fewer: as many as may be beside each other before former ones have run empty. */
const NUMBERS = [16, 5, 24]
/** A change takes some dozen calls. */
const MOST_CALLS = 60

/** Each time by a process that is killed at some call, and by another one that goes on. */
async function change({ dice, divide }: Scene): Promise<void> {
  for (const of of NUMBERS) {
    await divide(of, dice.between(1, MOST_CALLS))
    await divide(of)
  }
}

/** The number of partitions changes while the fault strikes. */
function changing(name: string, experiment: Experiment, more: Partial<Experiment> = {}): Experiment {
  const { crew } = experiment
  return {
    ...experiment,
    name,
    fault: `${experiment.fault}; meanwhile the number of partitions goes from 8 to ${NUMBERS.join(', ')}, each time by a process that is killed between two steps and another that goes on`,
    partitions: 8,
    crew: (size) => {
      const plan = crew?.(size) ?? {}
      return { ...plan, producer: { ...USUAL_CREW.producer, ...plan.producer, keys: 50 } }
    },
    steady: true,
    peers: false,
    ...more,
    async run(scene) {
      const changed = change(scene)
      // The experiment fails by it, but not before its end.
      changed.catch(() => undefined)
      await experiment.run(scene)
      await changed
      await scene.rest()
    },
  }
}

export const changeWorkerKilled: Experiment = changing('partitions-change', workerKilled)
export const changeRedisKilled: Experiment = changing('partitions-change-redis-killed', redisKilledAlways)
export const changeMasterKilled: Experiment = changing('partitions-change-master-killed', clusterMasterKilled, {
  expected: (size) => ({ ...expectedOf(clusterMasterKilled, size), recoverWithinMs: 30_000 }),
  onlyFull: 'a cluster that promotes a replica takes long',
})
