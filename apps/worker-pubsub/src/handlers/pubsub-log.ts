import { pubsubLog } from '@mq/contracts'
import { joinGroupOf } from '../listen.ts'

/** A member of a group of `pubsub-log`: prints each message that it gets for the group, and what the group lost. */
export default joinGroupOf(
  pubsubLog,
  ({ logger, instance: member, env: { GROUP: group }, announce }) => ({
    onMessage({ epoch, n, payload: element }) {
      logger.info({ epoch, n, element, group, member }, `Group get ${element}`)
      announce({ kind: 'group', epoch, n, element, group, member })
    },
    onLost(size) {
      logger.warn({ size, group, member }, 'the group lost messages')
      announce({ kind: 'lost', size, by: member, group })
    },
  }),
  { from: 'earliest' },
)
