import { defineChannel } from '@mq/core'
import { z } from 'zod'
import { element } from './element.ts'
import { squared } from './prodcons.ts'

const position = { epoch: z.string(), n: z.int() }

/**
 * Which worker or subscriber got which element, or lost some, as it reports. Every web process shows it to every
 * browser.
 */
export const sighting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('task'), id: z.string(), attempt: z.int().min(1), result: squared }),
  z.object({ kind: z.literal('message'), ...position, element, subscriber: z.string() }),
  z.object({ kind: z.literal('group'), ...position, element, group: z.string(), member: z.string() }),
  z.object({
    kind: z.literal('lost'),
    /** Missing when it is not known. */
    size: z.int().min(1).optional(),
    /** The subscriber, or the group's member, that noticed. */
    by: z.string(),
    group: z.string().optional(),
  }),
])
export type Sighting = z.infer<typeof sighting>

export const feed = defineChannel({ name: 'feed', message: sighting })
