import { defineChannel } from '@mq/core'
import { z } from 'zod'
import { element } from './element.ts'
import { squared } from './prodcons.ts'

/** Who got what, told by the one who got it. Every web process shows it to every browser. */
export const sighting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('task'), id: z.string(), attempt: z.int().min(1), result: squared }),
  z.object({ kind: z.literal('message'), epoch: z.string(), n: z.int(), element, subscriber: z.string() }),
])
export type Sighting = z.infer<typeof sighting>

export const feed = defineChannel({ name: 'feed', message: sighting })
