import { USUAL_CREW } from '../crew/crew-plan.ts'
import { expectedOf } from './experiment.ts'
import type { Experiment } from './experiment.ts'
import { repliesCut } from './network.ts'
import { redisKilledAlways } from './redis-killed.ts'
import { workerKilled } from './worker-killed.ts'

/** The same fault, while tasks are retried, buried, redriven and cancelled, and the queue is paused now and then. */
function mixed(experiment: Experiment): Experiment {
  const producer = { ...USUAL_CREW.producer, mixed: 0.5, delayed: 0.2 }
  return {
    ...experiment,
    name: `mixed-${experiment.name}`,
    fault: `${experiment.fault}; with priorities, delays, retries, burials, changes, cancels, redrives and pauses`,
    crew: (size) => ({ ...experiment.crew?.(size), producer, operators: 1 }),
    expected: (size) => ({ ...expectedOf(experiment, size), prioritized: true }),
    peers: false,
  }
}

export const mixedWorkerKilled: Experiment = mixed(workerKilled)
export const mixedRedisKilled: Experiment = mixed(redisKilledAlways)
export const mixedRepliesCut: Experiment = mixed(repliesCut)
