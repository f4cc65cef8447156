import type { AppLogger } from '@mq/app-kit'
import type { Sighting } from '@mq/contracts'
import type { Message } from '@mq/core'

export interface PubsubLogOptions {
  readonly logger: AppLogger
  readonly group: string
  readonly member: string
  /** Reports which member got which element. Must not fail a message. */
  readonly announce: (sighting: Sighting) => void
}

/** A member of a group of `pubsub-log`: prints each message that it gets for the group, and what the group lost. */
export function pubsubLogHandler({ logger, group, member, announce }: PubsubLogOptions) {
  return {
    onMessage({ epoch, n, payload: element }: Message<number>): void {
      logger.info({ epoch, n, element, group, member }, `Group get ${element}`)
      announce({ kind: 'group', epoch, n, element, group, member })
    },
    onLost(size: number): void {
      logger.warn({ size, group, member }, 'the group lost messages')
      announce({ kind: 'lost', size, by: member, group })
    },
  }
}
