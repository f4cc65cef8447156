import { prodcons, pubsub } from '@mq/contracts'
import { createBroker, silentLogger } from '@mq/core'
import type { Adapter, Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { onTestFinished } from 'vitest'
import { buildApp } from '../src/app.ts'
import type { WebOptions } from '../src/app.ts'
import type { WebApp } from '../src/web-app.ts'

export interface TestWeb {
  readonly app: WebApp
  readonly broker: Broker
}

export interface TestWebOptions extends Pick<WebOptions, 'queues' | 'channels' | 'allowedHosts' | 'console'> {
  readonly adapter?: Adapter | undefined
  readonly operationTimeoutMs?: number | undefined
}

/** The app on a storage of its own, closed when the test is over. */
export async function testWeb(options: TestWebOptions = {}): Promise<TestWeb> {
  const {
    adapter = memoryAdapter(),
    operationTimeoutMs = 500,
    queues = [prodcons],
    channels,
    allowedHosts,
    console,
  } = options
  const broker = createBroker(adapter, { logger: silentLogger, operationTimeoutMs })
  const app = await buildApp({ broker, queues, channels, allowedHosts, console })
  onTestFinished(async () => {
    await app.close()
    await broker.close({ deadlineMs: 100 })
  })
  return { app, broker }
}

/** How many tasks there are, whatever state they are in. */
export async function taskCount(broker: Broker, queue: typeof prodcons = prodcons): Promise<number> {
  const { waiting, delayed, running, dead } = await broker.queue(queue).stats()
  return waiting + delayed + running + dead
}

/** What was published on `pubsub` since this was called. */
export async function listen(broker: Broker): Promise<number[]> {
  const heard: number[] = []
  const subscription = await broker.channel(pubsub).subscribe(({ payload }) => heard.push(payload))
  onTestFinished(() => subscription.close())
  return heard
}

export function postTask(app: WebApp, body: unknown, query = '') {
  return app.inject({
    method: 'POST',
    url: `/queues/prodcons/tasks${query}`,
    headers: { 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  })
}
