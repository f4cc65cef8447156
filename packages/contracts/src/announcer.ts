import type { Broker, Logger } from '@mq/core'
import { feed } from './feed.ts'
import type { Sighting } from './feed.ts'

/**
 * Reports to the page which worker got which element. A page that cannot be reached must not fail or delay the work.
 */
export function createAnnouncer(broker: Broker, logger: Logger): (sighting: Sighting) => void {
  const channel = broker.channel(feed)
  return (sighting) => {
    channel
      .publish(sighting)
      .catch((error: unknown) => logger.warn({ err: error }, 'a report for the page could not be published'))
  }
}
