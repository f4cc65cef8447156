import type { Channel, Queue } from '@mq/core'
import { randomInt, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { errorAnswers } from '../plugins/answer-errors.ts'
import { taskLocation } from './task-location.ts'
import { unknownOutcome } from '../plugins/unknown-outcome.ts'
import type { WebApp } from '../web-app.ts'

export interface LinkRoutesOptions {
  readonly queue: Queue
  /** An element goes to all of them. */
  readonly channels: readonly Channel[]
}

/** The two links of the article's page: each produces a random element from 0 to 9 and leads back. */
export function linkRoutes(app: WebApp, { queue, channels }: LinkRoutesOptions): void {
  link('/prodcons', 'Enqueue a random element', 'One consumer gets it.', async (element) => {
    const id = randomUUID()
    await queue.enqueue(element, { id }).catch((error: unknown) => {
      throw unknownOutcome(error, { id, location: taskLocation(queue, id) })
    })
  })
  link('/pubsub', 'Publish a random element', 'All who subscribe get it.', (element) =>
    Promise.all(channels.map((channel) => channel.publish(element))).catch((error: unknown) => {
      throw unknownOutcome(error)
    }),
  )

  function link(
    url: string,
    summary: string,
    description: string,
    produce: (element: number) => Promise<unknown>,
  ): void {
    const response = { 302: z.null().describe('It was produced: back to the page'), ...errorAnswers }
    const schema = { operationId: url.slice(1), tags: ['Links'], summary, description, response }
    app.get(url, { config: { produces: true }, schema }, async (request, reply) => {
      if (request.method !== 'HEAD') await produce(randomInt(10))
      return reply.header('cache-control', 'no-store').redirect('/', 302)
    })
  }
}
