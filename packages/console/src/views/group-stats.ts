import { MqError } from '@mq/core'
import type { ConsumerGroup, GroupStats } from '@mq/core'

/** Undefined where it was removed meanwhile. */
export async function groupStats(group: ConsumerGroup): Promise<GroupStats | undefined> {
  try {
    return await group.stats()
  } catch (thrown) {
    if (MqError.is(thrown, 'unknown-group')) return undefined
    throw thrown
  }
}
