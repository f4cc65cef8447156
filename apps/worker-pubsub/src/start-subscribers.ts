import { orAbort } from '@mq/app-kit'
import type { AppLogger, Service } from '@mq/app-kit'
import { createAnnouncer, pubsub, pubsubLog } from '@mq/contracts'
import type { Broker } from '@mq/core'

import { createCanary } from './canary.ts'
import { pubsubLogHandler } from './handlers/pubsub-log.ts'
import { pubsubHandler } from './handlers/pubsub.ts'

export interface SubscribersOptions {
  readonly broker: Broker
  readonly logger: AppLogger
  readonly instance: string
  readonly env: { readonly GROUP: string }
  readonly signal: AbortSignal
}

/**
 * Subscribes to both channels, with a handler file each. Resolves once messages will arrive, however long the storage
 * is unavailable.
 */
export async function startSubscribers(options: SubscribersOptions): Promise<Service> {
  const { broker, logger, instance, env, signal } = options
  const announce = createAnnouncer(broker, logger)
  const now = pubsubHandler({ logger, subscriber: instance, announce })
  const log = pubsubLogHandler({ logger, group: env.GROUP, member: instance, announce })
  const [subscription, member] = await orAbort(
    signal,
    Promise.all([
      broker.channel(pubsub).subscribe(now.onMessage, { onGap: now.onGap }),
      broker.channel(pubsubLog).consume(env.GROUP, log.onMessage, { from: 'earliest', onLost: log.onLost }),
    ]),
  )
  const canary = createCanary(broker)
  return {
    ready: async (enough) => void (await Promise.all([member.ready({ signal: enough }), canary.ready(enough)])),
    close: async (deadline) => {
      const [report] = await Promise.all([member.close(deadline), subscription.close(), canary.close()])
      logger.info({ queue: member.queue, ...report }, 'member closed')
    },
  }
}
