import { defineQueue } from '@mq/core'
import { z } from 'zod'
import { element } from './element.ts'

/** The result of a worker. The article's producer did not get it. */
export const squared = z.object({
  element,
  square: z.int(),
  worker: z.string(),
  tookMs: z.int().min(0),
})
export type Squared = z.infer<typeof squared>

/** Producer and consumers: each element goes to one worker, which squares it. */
export const prodcons = defineQueue({
  name: 'prodcons',
  payload: element,
  result: squared,
  timeoutMs: 30_000,
  capacity: { size: 100_000, whenFull: 'reject' },
})
