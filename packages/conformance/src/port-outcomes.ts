import type { ChannelReader, NewTask, OutcomeLimits } from '@mq/core'
import { parseOutcomeBody } from '@mq/core/adapter'
import type { TaskEnd } from '@mq/core/adapter'
import { member } from './port-group.ts'
import type { PortQueue } from './port-queue.ts'
import type { Scene } from './scene.ts'
import type { Needs } from './topic.ts'

/** Far more than any case ends. */
export const ENDS_KEPT: OutcomeLimits = { maxCount: 10_000, unreadFactor: 10, groupExpiresMs: 604_800_000 }

/** What a group of outcomes was given, as the ends of tasks. */
export async function endsOf(source: ChannelReader, group = 'audit'): Promise<TaskEnd[]> {
  const worker = member(source.group(group, { from: 'earliest' }))
  const all: TaskEnd[] = []
  for (;;) {
    const claimed = await worker.claim(1_000)
    if (claimed.length === 0) return all
    for (const { payload } of claimed) all.push(parseOutcomeBody(payload.replace(/^\S+ \d+ /, ''))!)
    await worker.settle(...claimed.map(({ lease }) => ({ kind: 'complete', lease }) as const))
  }
}

/** Adds tasks to a queue that keeps outcomes, and returns their numbers; '' of one that was refused. */
export async function addKeeping(queue: PortQueue, ...tasks: (string | Partial<NewTask>)[]): Promise<string[]> {
  return (await queue.offer(tasks, { outcomes: ENDS_KEPT })).map((receipt) => ('n' in receipt ? receipt.n : ''))
}

export const KEEPS_OUTCOMES: Needs = {
  capability: 'groups',
  part: { name: 'outcomes', of: (scene) => scene.outcomes() },
}

/** A case of the outcomes of a queue. */
export function kept(
  body: (queue: PortQueue, source: ChannelReader, scene: Scene) => Promise<void>,
): (scene: Scene) => Promise<void> {
  return async (scene) => body(await scene.queue(), (await scene.outcomes())!, scene)
}
