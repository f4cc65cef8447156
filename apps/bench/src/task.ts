/**
 * What every contender carries: about 140 bytes as JSON. `n` is the bench's own number, by which each task is audited.
 */
export interface Task {
  readonly n: number
  readonly user?: number
  readonly kind?: string
  readonly body?: string
}

const BODY = 'x'.repeat(93)

export function makeTask(n: number): Task {
  return { n, user: 42, kind: 'email', body: BODY }
}

/** As JSON about this many bytes; the smallest is its number alone. */
export function makeSizedTask(n: number, bytes: number): Task {
  return bytes < SMALLEST_WITH_BODY ? { n } : { n, body: 'x'.repeat(bytes - SMALLEST_WITH_BODY) }
}

/** What is around the body: `{"n":123456,"body":""}`. */
const SMALLEST_WITH_BODY = 22

/** Tasks `first` … `end` − 1. */
export function makeTasks(first: number, end: number): Task[] {
  return Array.from({ length: end - first }, (_, i) => makeTask(first + i))
}

/** The handler's result, the same for all: small, so that keeping it costs what keeping costs. */
export const RESULT: { readonly ok: boolean } = { ok: true }
