import type { Channel, Queue } from '@mq/core'
import { randomInt } from 'node:crypto'
import type { WebApp } from '../web-app.ts'

export interface LinkRoutesOptions {
  readonly queue: Queue
  /** An element goes to all of them. */
  readonly channels: readonly Channel[]
}

/** The two links of the article's page: each produces a random element from 0 to 9 and leads back. */
export function linkRoutes(app: WebApp, { queue, channels }: LinkRoutesOptions): void {
  link('/prodcons', 'Enqueue a random element', (element) => queue.enqueue(element))
  link('/pubsub', 'Publish a random element', (element) =>
    Promise.all(channels.map((channel) => channel.publish(element))),
  )

  function link(url: string, summary: string, produce: (element: number) => Promise<unknown>): void {
    app.get(url, { config: { produces: true }, schema: { summary } }, async (request, reply) => {
      if (request.method !== 'HEAD') await produce(randomInt(10))
      return reply.header('cache-control', 'no-store').redirect('/', 302)
    })
  }
}
