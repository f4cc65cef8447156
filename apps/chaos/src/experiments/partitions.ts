import { clusterFailover, clusterMasterKilled } from './cluster.ts'
import { expectedOf } from './experiment.ts'
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

/** The next failover may strike the same partitions before they go on: one that is asked for twice takes 12 s. */
function splitOnCluster(experiment: Experiment): Experiment {
  const expected: Experiment['expected'] = (size) => ({ ...expectedOf(experiment, size), recoverWithinMs: 30_000 })
  return { ...split(experiment, LONG), expected }
}

const LONG = 'a cluster that promotes a replica takes long'

export const splitWorkerKilled: Experiment = split(workerKilled)
export const splitWorkerStopped: Experiment = split(workerStopped)
export const splitRedisKilled: Experiment = split(redisKilledAlways)
export const splitRepliesCut: Experiment = split(repliesCut)
export const splitMixed: Experiment = split(mixedWorkerKilled)
export const splitMasterKilled: Experiment = splitOnCluster(clusterMasterKilled)
export const splitFailover: Experiment = splitOnCluster(clusterFailover)
