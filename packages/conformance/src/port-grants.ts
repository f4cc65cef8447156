import type { ClaimedTask, Turn } from '@mq/core'
import assert from 'node:assert/strict'
import type { HintLog, PortQueue, PortWorker } from './port-queue.ts'
import type { Scene } from './scene.ts'
import type { Needs } from './topic.ts'

export const SENDS_GRANTS: Needs = {
  part: { name: 'grants', of: async (scene) => (await (await scene.queue()).worker().turn()).at },
}

/** Of a worker that takes grants, though not now. */
export const ASKS: Partial<Turn> = { takesGrant: false }

export interface Grantee {
  readonly queue: PortQueue
  readonly worker: PortWorker
  readonly hints: HintLog
}

/** A worker elsewhere that found nothing, and takes a task with its hint. */
export async function grantee(scene: Scene, turn: Partial<Turn> = {}): Promise<Grantee> {
  const queue = await scene.queueElsewhere()
  const hints = await queue.hear()
  const worker = queue.worker(ASKS)
  assert.deepEqual(await worker.claim(1, { awaitWork: true, takesGrant: true, ...turn }), [])
  return { queue, worker, hints }
}

export async function granted(scene: Scene, { hints }: Grantee, count = 1): Promise<ClaimedTask> {
  await scene.eventually(() => hints.count('grant') >= count, 'a grant')
  return hints.of('grant')[count - 1]!.task
}

export async function assertHinted(scene: Scene, { hints }: Grantee): Promise<void> {
  await scene.eventually(() => hints.count('work') > 0, 'a hint that there is work')
  assert.equal(hints.count('grant'), 0)
}
