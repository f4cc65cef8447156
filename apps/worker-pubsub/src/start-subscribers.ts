import { orAbort } from '@mq/app-kit'
import type { AppLogger, Service } from '@mq/app-kit'
import { createAnnouncer, pubsub } from '@mq/contracts'
import type { Broker } from '@mq/core'

import { pubsubHandler } from './handlers/pubsub.ts'

export interface SubscribersOptions {
  readonly broker: Broker
  readonly logger: AppLogger
  readonly instance: string
  readonly signal: AbortSignal
}

/** Subscribes to each channel: a handler file each. Resolves once messages arrive, however long the storage is away. */
export async function startSubscribers(options: SubscribersOptions): Promise<Service> {
  const { broker, logger, instance, signal } = options
  const { onMessage, onGap } = pubsubHandler({
    logger,
    subscriber: instance,
    announce: createAnnouncer(broker, logger),
  })
  return orAbort(signal, broker.channel(pubsub).subscribe(onMessage, { onGap }))
}
