import type { RedisServer } from '@mq/redis-server'
import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { CrewPlan } from '../crew/crew-plan.ts'
import { until } from '../until.ts'
import type { Scene } from './experiment.ts'

/** What experiments with replicas have in common. */
export const GROUPS: readonly string[] = ['audit']
/** Replicas follow at once; a busy machine may hold one up. */
export const REPLICATION_FORGETS_MS = 1_000
export const PROMOTED_WITHIN_MS = 30_000
/** Sentinels look at a server each ten seconds, and do not hurry to make a master a replica. */
const FOLLOWS_WITHIN_MS = 60_000

export const replicatedCrew = (): Partial<CrewPlan> => ({
  workers: 2,
  publishers: 1,
  groups: GROUPS,
  publisher: { ...USUAL_CREW.publisher, pauseMs: [2, 12], durable: true, failing: 0.05 },
})

export async function isMaster({ admin }: Scene, server: RedisServer): Promise<boolean> {
  return admin(async (redis) => ((await redis.role()) as unknown[])[0] === 'master', server).catch(isUnknown)
}

/** A server whose role changes closes its connections: it is asked again. */
const isUnknown = (): boolean => false

export async function promoted(scene: Scene, replica: RedisServer): Promise<void> {
  await until('the replica to be promoted', PROMOTED_WITHIN_MS, () => isMaster(scene, replica))
}

/** Before the next strike, it has what the new master has. */
export async function follows({ admin }: Scene, server: RedisServer): Promise<void> {
  await until('the old master to follow', FOLLOWS_WITHIN_MS, async () => {
    const info = await admin((redis) => redis.info('replication'), server).catch(() => '')
    return info.includes('role:slave') && info.includes('master_link_status:up')
  })
}
