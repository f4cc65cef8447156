/** Deeper calls of a handler are not recognised. */
const MOST_FRAMES = 100

/** V8's; elsewhere there is none, and setting it does no harm. */
const errors = Error as { stackTraceLimit?: number }

/** By the names of those functions of `Runner` that call a handler and await it. */
const MARK = /(?:call|await)TaskHandler/

/**
 * Whether this code was called by a handler, over any number of `await`s. It asks the stack, which costs some
 * microseconds and nothing where it is not asked; an async context would cost every promise of the process. Only V8
 * knows who awaits: elsewhere, after a `.then`, and where a bundler renamed our functions the answer may be a wrong no,
 * never a wrong yes.
 */
export function isInsideHandler(): boolean {
  const limit = errors.stackTraceLimit
  try {
    errors.stackTraceLimit = MOST_FRAMES
    const { stack } = new Error('where am I')
    return typeof stack === 'string' && MARK.test(stack)
  } catch {
    // Frozen, or somebody else's way to write stacks.
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
