import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter } from '@opentelemetry/api'
import type { Context, TextMapPropagator } from '@opentelemetry/api'

/** The part of a propagator that is used; the global one has it, too. */
export type Propagator = Pick<TextMapPropagator, 'inject' | 'extract'>

/** Of the 8 KiB that a task's headers may have: baggage may be as long as that alone, and the task would be refused. */
const MOST_CHARACTERS = 4_000
const TRACE = 'traceparent'

/** A context as headers. Never throws: a task is not refused for its trace. */
export function headersOf(propagator: Propagator, context: Context): Readonly<Record<string, string>> {
  const carrier: Record<string, string> = {}
  try {
    propagator.inject(context, carrier, defaultTextMapSetter)
  } catch {
    return {}
  }
  const texts = Object.entries(carrier).filter(([, value]) => typeof value === 'string')
  const size = texts.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return Object.fromEntries(size <= MOST_CHARACTERS ? texts : texts.filter(([name]) => name === TRACE))
}

/** The context that headers carry; the root for those that carry none, or nothing that can be read. */
export function contextOf(propagator: Propagator, headers: Readonly<Record<string, string>> | undefined): Context {
  try {
    return propagator.extract(ROOT_CONTEXT, headers ?? {}, defaultTextMapGetter)
  } catch {
    return ROOT_CONTEXT
  }
}
