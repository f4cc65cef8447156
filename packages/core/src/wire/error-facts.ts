import { textOf, toError } from '../errors.ts'

/** What is kept of an error that buried a task. */
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
  const error = toError(thrown)
  if (error !== thrown) return JSON.stringify({ name: 'Error', message: cut(error.message, MAX_MESSAGE) })
  const { name, message, stack, code } = error as Error & { readonly code?: unknown }
  const facts: ErrorFacts = {
    name: cut(name, 100),
    message: cut(message, MAX_MESSAGE),
    ...(typeof code === 'string' ? { code: cut(code, 100) } : undefined),
    ...(typeof stack === 'string' ? { stack: cut(stack, MAX_STACK) } : undefined),
  }
  return JSON.stringify(facts)
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
