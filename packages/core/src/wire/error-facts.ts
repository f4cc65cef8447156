import { messageOf, textOf, toError } from '../errors.ts'
import { MAX_ERROR } from '../ports/limits.ts'

/** What is kept of an error that failed an attempt, or buried a task. */
export interface ErrorFacts {
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

const MAX_MESSAGE = 1_000
const MAX_STACK = 4_000

/** The part of an error that is stored: enough to find the cause, bounded. Never throws. */
export function describeError(thrown: unknown): string {
  return describe(thrown, MAX_MESSAGE, MAX_STACK)
}

/** The same of an attempt that another follows: `MAX_ERROR` characters at the most, however many JSON makes of one. */
export function describeAttempt(thrown: unknown): string {
  let text = describe(thrown, 500, 1_000)
  if (text.length > MAX_ERROR) text = describe(thrown, 200, 200)
  return text.length > MAX_ERROR ? describe(thrown, 100, 0) : text
}

function describe(thrown: unknown, mostMessage: number, mostStack: number): string {
  return JSON.stringify(readFacts(toError(thrown), thrown, mostMessage, mostStack))
}

function readFacts(error: Error, thrown: unknown, mostMessage: number, mostStack: number): ErrorFacts {
  if (error !== thrown) return { name: 'Error', message: cut(error.message, mostMessage) }
  try {
    const { name, message, stack, code } = error as Error & { readonly code?: unknown }
    return {
      name: cut(name, 100),
      message: cut(message, mostMessage),
      ...(typeof code === 'string' ? { code: cut(code, 100) } : undefined),
      ...(typeof stack === 'string' && mostStack > 0 ? { stack: cut(stack, mostStack) } : undefined),
    }
  } catch {
    // A getter may throw although it did not when `toError` read it.
    return { name: 'Error', message: cut(messageOf(thrown), mostMessage) }
  }
}

/** Any value may be in place of a text, since a handler may throw any value. */
function cut(value: unknown, most: number): string {
  return textOf(value).slice(0, most)
}

/** Reads the facts that the storage returned; undefined when there are none, or when mq did not write them. */
export function factsOf(text: string | undefined): ErrorFacts | undefined {
  if (text === undefined || text === '') return undefined
  try {
    const facts: unknown = JSON.parse(text)
    return isFacts(facts) ? facts : undefined
  } catch {
    return { name: 'Error', message: text.slice(0, MAX_MESSAGE) }
  }
}

function isFacts(facts: unknown): facts is ErrorFacts {
  return (
    typeof facts === 'object' &&
    facts !== null &&
    'name' in facts &&
    typeof facts.name === 'string' &&
    'message' in facts &&
    typeof facts.message === 'string'
  )
}
