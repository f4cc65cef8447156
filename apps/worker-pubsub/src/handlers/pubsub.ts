import type { AppLogger } from '@mq/app-kit'
import type { Sighting } from '@mq/contracts'
import type { Gap, Message } from '@mq/core'

export interface PubsubOptions {
  readonly logger: AppLogger
  readonly subscriber: string
  /** Reports which subscriber got which element. Must not delay the channel. */
  readonly announce: (sighting: Sighting) => void
}

/** The subscriber of `pubsub`: prints each message, and each loss. */
export function pubsubHandler({ logger, subscriber, announce }: PubsubOptions) {
  return {
    onMessage({ epoch, n, payload: element }: Message<number>): void {
      logger.info({ epoch, n, element, subscriber }, `Message get ${element}`)
      announce({ kind: 'message', epoch, n, element, subscriber })
    },
    onGap({ size, cause }: Gap): void {
      logger.warn({ size, cause, subscriber }, 'messages were lost')
      announce({ kind: 'lost', size, by: subscriber })
    },
  }
}
