import { defineChannel } from '@mq/core'
import { element } from './element.ts'

/** Publisher and subscribers: each element goes to every subscriber that listens now. */
export const pubsub = defineChannel({ name: 'pubsub', message: element })

/** The same channel, which programs without mq share: the environment names theirs. */
export function pubsubWith({ RAW_CHANNEL: raw }: { readonly RAW_CHANNEL?: string | undefined }): typeof pubsub {
  return raw === undefined ? pubsub : defineChannel({ name: 'pubsub', message: element, raw })
}
