import { schedules, schedulesRedisKilled } from './schedules.ts'
import { awaitedResults } from './awaited-results.ts'
import { backlog } from './backlog.ts'
import { batches, poisonInBatch } from './batches.ts'
import { calm } from './calm.ts'
import { channelOrder } from './channel-order.ts'
import { clientClocks } from './client-clocks.ts'
import { fairShares } from './fair-shares.ts'
import { clockSteps } from './clock-steps.ts'
import { eventLoopBlocked } from './event-loop-blocked.ts'
import type { Experiment } from './experiment.ts'
import { grantsCut, grantsKilled, grantsPaused, grantsStopped } from './grants.ts'
import { flows, flowsRedisKilledAlways } from './flows.ts'
import { groupExpiry } from './group-expiry.ts'
import { health } from './health.ts'
import { clusterFailover, clusterMasterHung, clusterMasterKilled, clusterSlotMoved } from './cluster.ts'
import { clusterIsolated, clusterPartitioned, clusterSplit } from './cluster-partition.ts'
import { diskRefuses } from './disk-refuses.ts'
import { inbox, inboxRedisKilledAlways, inboxRedisKilledEverysec } from './inbox.ts'
import { lateBytes } from './late-bytes.ts'
import { limits } from './limits.ts'
import { longLeaseOnce } from './long-lease-once.ts'
import { massKill } from './mass-kill.ts'
import { memberBatches, memberKeys, membersFail } from './members-fail.ts'
import { membersKilled } from './members-killed.ts'
import { membersRedisKilled } from './members-redis-killed.ts'
import { memoryFull } from './memory-full.ts'
import { mixedRedisKilled, mixedRepliesCut, mixedWorkerKilled } from './mixed-life.ts'
import { blackhole, commandsHeld, latency, repliesCut, repliesHeld, resets } from './network.ts'
import { mixedLengths } from './mixed-lengths.ts'
import { operatedGroups, operatedGroupsRedisKilled } from './operated-groups.ts'
import { order } from './order.ts'
import {
  splitFailover,
  splitMasterKilled,
  splitMixed,
  splitRedisKilled,
  splitRepliesCut,
  splitWorkerKilled,
  splitWorkerStopped,
} from './partitions.ts'
import { changeMasterKilled, changeRedisKilled, changeWorkerKilled } from './partitions-change.ts'
import { pauseAhead } from './pause-ahead.ts'
import { poisonBesideLong, poisonTask } from './poison-task.ts'
import { redisAwayAtStart } from './redis-away-at-start.ts'
import { redisLoading } from './redis-loading.ts'
import { powerLostAlways, powerLostEverysec, redisKilledAlways, redisKilledEverysec } from './redis-killed.ts'
import { clientsKilled, clientsPaused, publishesFlushed, scriptsFlushed } from './server-commands.ts'
import { sentinelFailover, sentinelMasterHung, sentinelMasterKilled } from './sentinel.ts'
import { soak } from './soak.ts'
import { stuckSubscriber } from './stuck-subscriber.ts'
import { subscribers } from './subscribers.ts'
import { visitingWorkers } from './visiting-workers.ts'
import { workerKilled } from './worker-killed.ts'
import { workerStopped } from './worker-stopped.ts'
import { workersTerminated } from './workers-terminated.ts'

/** In the table's order. */
export const EXPERIMENTS: readonly Experiment[] = [
  calm,
  order,
  workerKilled,
  workerStopped,
  eventLoopBlocked,
  poisonTask,
  poisonBesideLong,
  batches,
  poisonInBatch,
  workersTerminated,
  visitingWorkers,
  grantsKilled,
  grantsStopped,
  grantsCut,
  grantsPaused,
  longLeaseOnce,
  massKill,
  pauseAhead,
  lateBytes,
  mixedLengths,
  limits,
  fairShares,
  redisKilledEverysec,
  redisKilledAlways,
  powerLostEverysec,
  powerLostAlways,
  redisAwayAtStart,
  redisLoading,
  diskRefuses,
  clockSteps,
  clientClocks,
  latency,
  blackhole,
  commandsHeld,
  repliesHeld,
  resets,
  repliesCut,
  clientsKilled,
  clientsPaused,
  scriptsFlushed,
  publishesFlushed,
  memoryFull,
  backlog,
  awaitedResults,
  health,
  mixedWorkerKilled,
  mixedRedisKilled,
  mixedRepliesCut,
  subscribers,
  stuckSubscriber,
  channelOrder,
  membersKilled,
  membersFail,
  memberBatches,
  memberKeys,
  membersRedisKilled,
  groupExpiry,
  operatedGroups,
  operatedGroupsRedisKilled,
  schedules,
  schedulesRedisKilled,
  inbox,
  inboxRedisKilledEverysec,
  inboxRedisKilledAlways,
  flows,
  flowsRedisKilledAlways,
  clusterMasterKilled,
  clusterMasterHung,
  clusterFailover,
  clusterSlotMoved,
  clusterPartitioned,
  clusterIsolated,
  clusterSplit,
  sentinelMasterKilled,
  sentinelMasterHung,
  sentinelFailover,
  splitWorkerKilled,
  splitWorkerStopped,
  splitRedisKilled,
  splitRepliesCut,
  splitMixed,
  splitMasterKilled,
  splitFailover,
  changeWorkerKilled,
  changeRedisKilled,
  changeMasterKilled,
  changeWorkerKilled,
  changeRedisKilled,
  changeMasterKilled,
  soak,
]
