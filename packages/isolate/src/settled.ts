import { MqError } from '@mq/core'
import type { MqErrorCode } from '@mq/core'
import { IsolateError } from './isolate-error.ts'
import type { Settled, ThrownError } from './messages.ts'

/** The brand of a verdict, whichever copy of `@mq/core` made it. */
const VERDICT = Symbol.for('@mq/core/verdict')

/** Of a value that a handler returned or threw. Never throws. */
export function verdictIn(value: unknown): Settled | undefined {
  try {
    if (typeof value !== 'object' || value === null || !(VERDICT in value)) return undefined
    const { [VERDICT]: kind, ...given } = value as Record<string | symbol, unknown>
    return { is: 'verdict', kind, given }
  } catch {
    return undefined
  }
}

/** What can be read of a thrown value. Never throws. */
export function thrownError(thrown: unknown): ThrownError {
  try {
    if (!(thrown instanceof Error) && !MqError.is(thrown)) return { name: 'Error', message: String(thrown) }
    const { name, message, stack } = thrown
    const code = (thrown as { readonly code?: unknown }).code
    return {
      name: String(name),
      message: String(message),
      ...(typeof stack === 'string' ? { stack } : undefined),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : undefined),
      ...(MqError.is(thrown) ? { mqCode: String(code) } : undefined),
    }
  } catch {
    return { name: 'Error', message: 'a value that cannot be read was thrown' }
  }
}

/** An error like the one that was thrown on the other side, with its name, message, stack and code. */
export function toError({ name, message, stack, code, mqCode }: ThrownError): Error {
  const error = mqCode === undefined ? new Error(message) : new MqError(mqCode as MqErrorCode, message)
  if (mqCode === undefined) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  if (stack !== undefined) Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true })
  return mqCode === undefined && code !== undefined ? Object.assign(error, { code }) : error
}

/** What a handler's run gives here: returns its value or verdict, or throws. */
export function unsettle(settled: Settled): unknown {
  switch (settled.is) {
    case 'value':
      return settled.value
    case 'verdict':
      return { ...settled.given, [VERDICT]: settled.kind }
    case 'error':
      throw toError(settled.error)
    case 'missing':
      throw new IsolateError('handler-missing', settled.message)
    case 'not-cloneable':
      throw new IsolateError('not-cloneable', settled.message)
  }
}
