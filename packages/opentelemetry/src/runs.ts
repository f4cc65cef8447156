import type { Batch, Context as TaskContext, Middleware, RunEvent } from '@mq/core'
import { toError } from '@mq/core'
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Context, Span, Tracer } from '@opentelemetry/api'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { placeOf, RUN } from './attributes.ts'
import { contextOf } from './carrier.ts'
import type { Propagator } from './carrier.ts'
import { ErrorTypes } from './error-types.ts'
import { guarded } from './guarded.ts'
import type { Instruments } from './instruments.ts'
import type { Places } from './places.ts'

export interface RunsOptions {
  readonly tracer: Tracer
  readonly instruments: Instruments
  readonly places: Places
  readonly propagator: Propagator
}

/** The spans of runs: each begins where its handler does, and ends with the event of what became of the task. */
export class Runs {
  readonly #options: RunsOptions
  /** By the event of the start, which is the same object at the end. */
  readonly #spans = new WeakMap<RunEvent, Span>()
  /** Of the tasks that run, for the batch that they are in. */
  readonly #active = new WeakMap<TaskContext, Context>()
  readonly #errorTypes = new ErrorTypes()
  /** Carries that event to the middleware. */
  readonly #events = new AsyncLocalStorage<RunEvent>()

  constructor(options: RunsOptions) {
    this.#options = options
    channel('mq:run:start').bindStore(this.#events)
    subscribe('mq:run:end', this.#onEnd)
  }

  readonly #ofOne: Middleware = (next) => (payload, task) => {
    const event = this.#events.getStore()
    const active = event === undefined ? undefined : this.#begin(event)
    if (active === undefined) return next(payload, task)
    this.#active.set(task, active)
    return context.with(active, () => next(payload, task))
  }

  /** The call of a batch handler is a span beside those of its tasks, and links to them: it has no one parent. */
  readonly #ofBatch: NonNullable<Middleware['batch']> = (next) => async (payloads, batch) => {
    const span = this.#beginBatch(batch)
    if (span === undefined) return next(payloads, batch)
    try {
      return await context.with(trace.setSpan(ROOT_CONTEXT, span), () => next(payloads, batch))
    } catch (thrown) {
      guarded(() => failed(span, thrown))(undefined)
      throw thrown
    } finally {
      guarded(() => span.end())(undefined)
    }
  }

  readonly middleware: Middleware = Object.assign(this.#ofOne, { batch: this.#ofBatch })

  close(): void {
    channel('mq:run:start').unbindStore(this.#events)
    unsubscribe('mq:run:end', this.#onEnd)
  }

  /** Never throws: a run does not fail for its trace. */
  #begin(event: RunEvent): Context | undefined {
    const { tracer, propagator } = this.#options
    try {
      const sent = contextOf(propagator, event.headers)
      const producer = trace.getSpanContext(sent)
      const attributes = {
        ...placeOf(event.queue),
        ...RUN,
        'messaging.message.id': event.id,
        'mq.task.attempt': event.attempt,
      }
      const links = producer === undefined ? [] : [{ context: producer }]
      const span = tracer.startSpan(`run ${event.queue}`, { kind: SpanKind.CONSUMER, attributes, links }, sent)
      this.#spans.set(event, span)
      return trace.setSpan(sent, span)
    } catch {
      return undefined
    }
  }

  /** Never throws. */
  #beginBatch({ queue, tasks }: Batch): Span | undefined {
    const { tracer } = this.#options
    try {
      const attributes = { ...placeOf(queue), ...RUN, 'messaging.batch.message_count': tasks.length }
      const links = tasks.flatMap((task) => {
        const active = this.#active.get(task)
        const run = active && trace.getSpanContext(active)
        return run === undefined ? [] : [{ context: run }]
      })
      // None of its tasks is traced.
      if (links.length === 0) return undefined
      return tracer.startSpan(`run batch ${queue}`, { kind: SpanKind.CONSUMER, attributes, links }, ROOT_CONTEXT)
    } catch {
      return undefined
    }
  }

  readonly #onEnd = guarded((message) => {
    const event = message as RunEvent
    const { instruments, places } = this.#options
    const { consumed, runSeconds, waitSeconds } = instruments
    const { queue, outcome = 'unknown', tookMs, waitedMs, error } = event
    const place = places.of(queue)
    const type = error && this.#errorTypes.of(error)
    const attributes = {
      ...place,
      'messaging.operation.name': 'run',
      'mq.task.outcome': outcome,
      ...(type !== undefined && { 'error.type': type }),
    }
    consumed.add(1, attributes)
    if (tookMs !== undefined) {
      runSeconds.record(tookMs / 1_000, attributes)
      if (waitedMs !== undefined) waitSeconds.record(waitedMs / 1_000, place)
    }
    const span = this.#spans.get(event)
    if (span === undefined) return
    span.setAttribute('mq.task.outcome', outcome)
    if (error !== undefined) {
      span.setAttribute('error.type', type!)
      span.recordException(error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
    }
    span.end()
  })
}

/** Whose the failure is, the spans of the tasks say. */
function failed(span: Span, thrown: unknown): void {
  const error = toError(thrown)
  span.recordException(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}
