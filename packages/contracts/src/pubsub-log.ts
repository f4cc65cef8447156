import { defineChannel } from '@mq/core'
import { z } from 'zod'
import { element } from './element.ts'

/** The same elements, kept for a day: each group gets every one, from where it stopped. */
export const pubsubLog = defineChannel({
  name: 'pubsub-log',
  message: element,
  history: { maxCount: 10_000, maxAgeMs: 86_400_000 },
})

/** The group of `pubsub-log` that a worker joins and the page watches, as the environment names it. */
export const groupName = z
  .string()
  .regex(/^[\w.-]{1,128}$/, 'must be 1–128 characters of A–Z a–z 0–9 . _ -')
  .default('audit')
  .describe('the group of pubsub-log that worker-pubsub joins and the page watches')
