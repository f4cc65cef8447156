import { systemClock } from '@mq/core'
import type { Clock, HeadersFor, Middleware } from '@mq/core'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import type { MeterProvider, TextMapPropagator, TracerProvider } from '@opentelemetry/api'
import { headersOf } from './carrier.ts'
import { Places } from './places.ts'
import { createInstruments } from './instruments.ts'
import { Runs } from './runs.ts'
import { Sends } from './sends.ts'

export interface TelemetryOptions {
  /** Default: the global one. */
  readonly tracerProvider?: TracerProvider | undefined
  /** Default: the global one. */
  readonly meterProvider?: MeterProvider | undefined
  /** How a trace is written into headers. Default: the global one, which an SDK sets to W3C Trace Context. */
  readonly propagator?: TextMapPropagator | undefined
  /**
   * After how long the span of an `enqueue` ends that was refused, or of which nobody knows what became, ms. Default
   * 60,000.
   */
  readonly giveUpMs?: number | undefined
  /** Default: real time. */
  readonly clock?: Clock | undefined
}

export interface Telemetry extends Disposable {
  /**
   * The options of a broker whose work is traced: `createBroker(adapter, { ...telemetry.broker })`. Its `headers` never
   * throw. A program that has headers of its own merges both.
   */
  readonly broker: { readonly headers: HeadersFor; readonly middleware: readonly Middleware[] }
  /**
   * The trace that is active now, as headers. For messages of a channel, since a broker adds none to them:
   * `channel.publish(message, { headers: telemetry.headers() })`. The runs of its groups then belong to that trace.
   */
  headers(): Readonly<Record<string, string>>
  /** Traces and measures nothing more, and ends the spans that are open. */
  close(): void
}

/**
 * Traces and measures what the brokers of this process do, by the events of `diagnostics_channel`. Call it once. An
 * `enqueue` is a span of kind producer, whose context travels in the task's headers; each run of a handler is one of
 * kind consumer, a child of it, and what the handler does (further tasks, too) are its children.
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { tracerProvider = trace, meterProvider = metrics, propagator = propagation } = options
  const { giveUpMs = 60_000, clock = systemClock } = options
  if (!Number.isFinite(giveUpMs) || giveUpMs <= 0) throw new TypeError('giveUpMs must be a number above 0')
  const tracer = tracerProvider.getTracer(SCOPE)
  const instruments = createInstruments(meterProvider.getMeter(SCOPE))
  const places = new Places()
  const sends = new Sends({ tracer, instruments, places, propagator, giveUpMs, clock })
  const runs = new Runs({ tracer, instruments, places, propagator })
  const close = (): void => {
    sends.close()
    runs.close()
  }
  return {
    broker: { headers: ({ queue }) => sends.begin(queue), middleware: [runs.middleware] },
    headers: () => headersOf(propagator, context.active()),
    close,
    [Symbol.dispose]: close,
  }
}

const SCOPE = '@mq/opentelemetry'
