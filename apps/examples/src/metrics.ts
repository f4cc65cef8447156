// What Prometheus scrapes: what waits and died, read from the storage when it asks, and what this process did.
import { createBroker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { createMetrics } from '@mq/prometheus'
import { redisAdapter } from '@mq/redis-adapter'
import { createServer } from 'node:http'

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter())
const metrics = createMetrics(broker)

const server = createServer((_request, response) => {
  metrics.read().then(
    (text) => response.setHeader('content-type', metrics.contentType).end(text),
    () => response.writeHead(500).end(),
  )
}).listen(0, '127.0.0.1')

const queue = broker.queue('reports')
queue.process((month) => `report of ${String(month)}`)
await (await queue.enqueue('May')).result()
await queue.enqueue('June', { delayMs: 60_000 })

const { port } = server.address() as { port: number }
const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
for (const line of text.split('\n'))
  if (/^mq_(queue_delayed|tasks_total|run_seconds_count)/.test(line)) console.log(line)

server.close()
metrics.close()
await broker.close()
