import { pubsub, pubsubWith } from '@mq/contracts'
import { subscribeTo } from '../listen.ts'

/** The subscriber of `pubsub`: prints each message, and each loss. */
export default subscribeTo(
  pubsub,
  ({ logger, instance: subscriber, announce }) => ({
    onMessage({ epoch, n, payload: element }) {
      logger.info({ epoch, n, element, subscriber }, `Message get ${element}`)
      announce({ kind: 'message', epoch, n, element, subscriber })
    },
    onGap({ size, cause }) {
      logger.warn({ size, cause, subscriber }, 'messages were lost')
      announce({ kind: 'lost', size, by: subscriber })
    },
  }),
  pubsubWith,
)
