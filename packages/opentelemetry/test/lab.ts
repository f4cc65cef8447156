import { context } from '@opentelemetry/api'
import type { Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import type { DataPoint } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { onTestFinished } from 'vitest'
import { createTelemetry } from '../src/create-telemetry.ts'
import type { Telemetry, TelemetryOptions } from '../src/create-telemetry.ts'

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A span, as tests look at it. */
export interface SeenSpan {
  readonly name: string
  readonly id: string
  readonly parent: string | undefined
  readonly trace: string
  readonly span: ReadableSpan
}

export interface Lab {
  readonly telemetry: Telemetry
  readonly tracer: Tracer
  /** Those that ended, of this name or all. */
  spans(name?: string): SeenSpan[]
  points(name: string): Promise<DataPoint<unknown>[]>
}

/** An SDK in memory, and what it was given; all gone when the test is over. */
export function lab(options: TelemetryOptions = {}): Lab {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const reader = new Reader()
  const meterProvider = new MeterProvider({ readers: [reader] })
  const propagator = new W3CTraceContextPropagator()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const telemetry: Telemetry = createTelemetry({ tracerProvider, meterProvider, propagator, ...options })
  onTestFinished(async () => {
    telemetry.close()
    context.disable()
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()])
  })
  const spans = (name?: string): SeenSpan[] =>
    exporter
      .getFinishedSpans()
      .map((span) => ({
        name: span.name,
        id: span.spanContext().spanId,
        parent: span.parentSpanContext?.spanId,
        trace: span.spanContext().traceId,
        span,
      }))
      .filter((span) => name === undefined || span.name === name)
  const points = async (name: string): Promise<DataPoint<unknown>[]> => {
    const { resourceMetrics } = await reader.collect()
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)
    return all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
  }
  return { telemetry, tracer: tracerProvider.getTracer('test'), spans, points }
}
