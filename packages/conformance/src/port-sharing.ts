import type { KeyFacts, NewTask, QueueLimits, QueueSharing } from '@mq/core'
import type { PortQueue } from './port-queue.ts'
import type { Scene } from './scene.ts'
import type { Needs } from './topic.ts'

export const SHARES: Needs = {
  part: { name: 'keys and limits', of: async (scene) => (await scene.queue()).driver.limits },
}

/** A case of keys and limits. */
export function sharing(body: (queue: PortQueue, scene: Scene) => Promise<void>): (scene: Scene) => Promise<void> {
  return async (scene) => body(await scene.queue(), scene)
}

/** Tasks of a key: `"a1"`, `"a2"` and so on. */
export function tasksOf(key: string, count: number, more: Partial<NewTask> = {}): Partial<NewTask>[] {
  const header = JSON.stringify({ key, ...(more.weight === undefined ? undefined : { weight: more.weight }) })
  return Array.from({ length: count }, (_, i) => ({ key, header, payload: JSON.stringify(`${key}${i + 1}`), ...more }))
}

export function sharingOf({ driver }: PortQueue): QueueSharing {
  return driver as PortQueue['driver'] & QueueSharing
}

export async function setLimits(queue: PortQueue, override: QueueLimits | undefined, by?: string): Promise<void> {
  const port = sharingOf(queue)
  const { version } = await port.limits()
  await port.setLimits({ override, version, by })
}

/** All keys, in the order of their texts. */
export async function keysOf(queue: PortQueue, limit = 1_000): Promise<KeyFacts[]> {
  const all: KeyFacts[] = []
  let after: string | undefined
  do {
    const { keys, next } = await sharingOf(queue).keys({ limit, after })
    all.push(...keys)
    after = next
  } while (after !== undefined)
  return all.sort((one, other) => (one.key < other.key ? -1 : 1))
}
