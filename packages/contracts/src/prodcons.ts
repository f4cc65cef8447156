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

const OPTIONS = {
  name: 'prodcons',
  payload: element,
  result: squared,
  timeoutMs: 30_000,
  capacity: { size: 100_000, whenFull: 'reject' },
} as const

/** Producer and consumers: each element goes to one worker, which squares it. */
export const prodcons = defineQueue(OPTIONS)

/** The lists of programs without mq, as the environment names them. */
interface Lists {
  readonly INBOX?: string | undefined
  readonly OUTBOX?: string | undefined
}

/** The same queue, whose tasks other programs push, or pop. */
export function prodconsWith({ INBOX: inbox, OUTBOX: outbox }: Lists): typeof prodcons {
  return inbox === undefined && outbox === undefined ? prodcons : defineQueue({ ...OPTIONS, inbox, outbox })
}
