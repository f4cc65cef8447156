import type { Clock, EnqueueEvent } from '@mq/core'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Span, Tracer } from '@opentelemetry/api'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ENQUEUE, placeOf } from './attributes.ts'
import { headersOf } from './carrier.ts'
import type { Propagator } from './carrier.ts'
import { guarded } from './guarded.ts'
import type { Instruments } from './instruments.ts'
import type { Places } from './places.ts'

interface Send {
  readonly queue: string
  readonly span: Span
  readonly startedAt: number
}

export interface SendsOptions {
  readonly tracer: Tracer
  readonly instruments: Instruments
  readonly places: Places
  readonly propagator: Propagator
  readonly giveUpMs: number
  readonly clock: Clock
}

const MOST_OPEN = 10_000

/**
 * The spans of `enqueue`. One begins when the broker asks for the headers of a task, because these carry it, and ends
 * with the event that the task was accepted. There is none of a task that was refused, so a span is ended after a time.
 */
export class Sends {
  readonly #options: SendsOptions
  /** By the header that the event brings back; the oldest is first. */
  readonly #open = new Map<string, Send>()
  #timer: { cancel(): void } | undefined
  #closed = false

  constructor(options: SendsOptions) {
    this.#options = options
    subscribe('mq:enqueue', this.#onEnqueue)
  }

  /** The headers of a task that is about to be enqueued. Never throws. */
  begin(queue: string): Readonly<Record<string, string>> {
    const { tracer, propagator, clock } = this.#options
    const active = context.active()
    if (this.#closed) return headersOf(propagator, active)
    try {
      const attributes = { ...placeOf(queue), ...ENQUEUE }
      const span = tracer.startSpan(`enqueue ${queue}`, { kind: SpanKind.PRODUCER, attributes }, active)
      const headers = headersOf(propagator, trace.setSpan(active, span))
      const key = keyOf(headers)
      if (key === undefined || this.#open.has(key)) span.end()
      else this.#keep(key, { queue, span, startedAt: clock.now() })
      return headers
    } catch {
      return {} // an SDK that fails costs no task
    }
  }

  close(): void {
    this.#closed = true
    unsubscribe('mq:enqueue', this.#onEnqueue)
    this.#timer?.cancel()
    for (const key of this.#open.keys()) this.#giveUp(key)
  }

  #keep(key: string, send: Send): void {
    const [oldest] = this.#open.size < MOST_OPEN ? [] : this.#open.keys()
    if (oldest !== undefined) this.#giveUp(oldest)
    this.#open.set(key, send)
    this.#timer ??= this.#options.clock.schedule(this.#sweep, this.#options.giveUpMs)
  }

  readonly #onEnqueue = guarded((event) => {
    const { queue, id, existing, headers } = event as EnqueueEvent
    const { instruments, places } = this.#options
    const { sent, sendSeconds } = instruments
    const attributes = { ...places.of(queue), 'messaging.operation.name': 'enqueue' }
    sent.add(1, attributes)
    const key = keyOf(headers)
    const send = key === undefined ? undefined : this.#open.get(key)
    if (key === undefined || send === undefined) return
    this.#open.delete(key)
    sendSeconds.record((this.#options.clock.now() - send.startedAt) / 1_000, attributes)
    send.span.setAttributes({ 'messaging.message.id': id, 'mq.task.existing': existing })
    send.span.end()
  })

  readonly #sweep = (): void => {
    const { clock, giveUpMs } = this.#options
    const now = clock.now()
    this.#timer = undefined
    for (const [key, { startedAt }] of this.#open) {
      if (now - startedAt < giveUpMs) {
        this.#timer = clock.schedule(this.#sweep, startedAt + giveUpMs - now)
        return
      }
      this.#giveUp(key)
    }
  }

  #giveUp(key: string): void {
    const { span } = this.#open.get(key)!
    this.#open.delete(key)
    this.#end(span)
  }

  /** Never throws: it is called by a timer, too. */
  readonly #end = guarded((given) => {
    const span = given as Span
    span.setAttribute('error.type', 'unknown')
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'refused, or it is not known whether it was accepted' })
    span.end()
  })
}

/** Of a span; each has another. */
function keyOf(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  return headers?.['traceparent'] ?? headers?.['b3'] ?? headers?.['x-b3-spanid']
}
