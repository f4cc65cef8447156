// A trace from a request through its task to what the task's handler enqueues, in one process or in several.
import { createBroker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { createTelemetry } from '@mq/opentelemetry'
import { redisAdapter } from '@mq/redis-adapter'
import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'

// An SDK. Yours is more likely `new NodeSDK({ … }).start()`, which sets all of this.
const exporter = new InMemorySpanExporter()
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())

const url = process.env.REDIS_URL
if (!url && process.env.NODE_ENV === 'production') throw new Error('REDIS_URL is not set')
// #region telemetry
const telemetry = createTelemetry()
const broker = createBroker(url ? redisAdapter({ url }) : memoryAdapter(), { ...telemetry.broker })
// #endregion

const [orders, invoices] = [broker.queue('orders'), broker.queue('invoices')]
invoices.process((order) => `invoice of ${String(order)}`)
orders.process(async (order) => (await invoices.enqueue(order)).result())

await trace.getTracer('shop').startActiveSpan('POST /orders', async (request) => {
  const task = await orders.enqueue('order 7')
  request.end()
  console.log(await task.result())
})
await broker.close()
telemetry.close()

const spans = exporter.getFinishedSpans()
const nameOf = (id: string | undefined) => spans.find((span) => span.spanContext().spanId === id)?.name
for (const span of spans) console.log(`${span.name}, in ${nameOf(span.parentSpanContext?.spanId) ?? 'nothing'}`)
