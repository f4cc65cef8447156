import { defineChannel } from '@mq/core'
import { element } from './element.ts'

/** Publisher and subscribers: each element goes to every subscriber that listens now. */
export const pubsub = defineChannel({ name: 'pubsub', message: element })
