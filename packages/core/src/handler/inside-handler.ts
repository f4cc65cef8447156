/** Deeper calls of a handler are not recognised. */
const MOST_FRAMES = 100

/** V8's; elsewhere there is none, and setting it does no harm. */
const errors = Error as { stackTraceLimit?: number }

/** Matches the names of the functions of `Runner` that call a handler and await it. */
const MARK = /(?:call|await)TaskHandler/

/**
 * Whether this code was called by a handler, over any number of `await`s. It reads the stack, which costs some
 * microseconds, and only when it is called; an async context would cost every promise of the process. Only V8 keeps the
 * awaiting callers: in other engines, after a `.then`, and where a bundler renamed our functions it may return a wrong
 * false, never a wrong true.
 */
export function isInsideHandler(): boolean {
  const limit = errors.stackTraceLimit
  try {
    errors.stackTraceLimit = MOST_FRAMES
    const { stack } = new Error('where am I')
    return typeof stack === 'string' && MARK.test(stack)
  } catch {
    // Frozen, or replaced by another way to write stacks.
    return false
  } finally {
    restore(limit)
  }
}

function restore(limit: number | undefined): void {
  try {
    if (limit !== undefined) errors.stackTraceLimit = limit
  } catch {
    // Frozen: then it was not changed either.
  }
}
