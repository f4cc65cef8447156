import { clusterFailover, clusterMasterKilled } from './cluster.ts'
import type { Experiment } from './experiment.ts'
import { mixedWorkerKilled } from './mixed-life.ts'
import { repliesCut } from './network.ts'
import { redisKilledAlways } from './redis-killed.ts'
import { workerKilled } from './worker-killed.ts'
import { workerStopped } from './worker-stopped.ts'

const PARTITIONS = 8

/** The same fault, of a queue with partitions: whoever judges it sees one queue. */
function split(experiment: Experiment, onlyFull?: string): Experiment {
  return {
    ...experiment,
    name: `partitions-${experiment.name}`,
    fault: `${experiment.fault}; the queue has ${PARTITIONS} partitions`,
    partitions: PARTITIONS,
    steady: true,
    onlyFull: onlyFull ?? experiment.onlyFull,
    peers: false,
  }
}

const LONG = 'a cluster that promotes a replica takes long'

export const splitWorkerKilled: Experiment = split(workerKilled)
export const splitWorkerStopped: Experiment = split(workerStopped)
export const splitRedisKilled: Experiment = split(redisKilledAlways)
export const splitRepliesCut: Experiment = split(repliesCut)
export const splitMixed: Experiment = split(mixedWorkerKilled)
export const splitMasterKilled: Experiment = split(clusterMasterKilled, LONG)
export const splitFailover: Experiment = split(clusterFailover, LONG)
