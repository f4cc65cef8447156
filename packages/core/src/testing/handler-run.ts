import type { QueueDefinition } from '../define/define-queue.ts'
import { readOutcome } from '../wire/read-outcome.ts'
import type { Settlement } from '../ports/queue-driver.ts'
import { decode } from '../wire/codec.ts'
import { factsOf } from '../wire/error-facts.ts'
import type { ErrorFacts } from '../wire/error-facts.ts'
import type { GivenTasks } from './given-tasks.ts'

/** What became of a task whose handler was run, and what the handler did on the way. */
export type HandlerRun<Result = unknown> = HandlerEnd<Result> & {
  /** All that it passed to `context.progress`, but for what was replaced before it was sent, as in a worker. */
  readonly progress: readonly unknown[]
  /** Lines of `context.log`. */
  readonly log: readonly string[]
  /** What it did by `context.once`, with earlier attempts: by their keys. */
  readonly steps: Readonly<Record<string, unknown>>
  /** What a broker would have been told by `onError`: a throw, a timeout. */
  readonly errors: readonly Error[]
  /** By the clock. */
  readonly tookMs: number
}

export type HandlerEnd<Result = unknown> =
  /** As `task.result()` would return it. */
  | { readonly state: 'completed'; readonly result: Result }
  /** It would run again. `charged`: as an attempt. */
  | { readonly state: 'retried'; readonly delayMs: number; readonly charged: boolean }
  | { readonly state: 'limited'; readonly forMs: number; readonly scope: 'queue' | 'key' }
  /** A dead letter: `attempts-exhausted`, `not-retryable`, `invalid-result`, or what `bury` said. */
  | { readonly state: 'dead'; readonly reason: string; readonly error: ErrorFacts | undefined }
  | { readonly state: 'cancelled' }

interface Facts {
  readonly definition: QueueDefinition<any, any, any, any>
  readonly errors: readonly Error[]
  readonly tookMs: number
}

/** Of the task with this lease. */
export async function reportOf(
  lease: string,
  { notes, settled }: GivenTasks,
  { definition, errors, tookMs }: Facts,
): Promise<HandlerRun<any>> {
  const bodies = (kind: string): string[] =>
    notes.filter((note) => note.lease === lease && note.kind === kind).map(({ body }) => body)
  const memo = bodies('memo').at(-1)
  const read = (text: string): unknown => decode(text, 'invalid-payload', 'a note')
  return {
    ...(await endOf(settled.get(lease), definition)),
    progress: bodies('progress').map(read),
    log: bodies('log').flatMap((body) => body.split('\n').map((line) => String(read(line)))),
    steps: memo === undefined ? {} : stepsIn(read(memo) as readonly (readonly [string, readonly unknown[]])[]),
    errors,
    tookMs,
  }
}

async function endOf(
  settlement: Settlement | undefined,
  { result: schema }: QueueDefinition<any, any, any, any>,
): Promise<HandlerEnd> {
  switch (settlement?.kind) {
    case 'complete': {
      const outcome = await readOutcome({ state: 'completed', endedAt: 0, body: settlement.result }, schema)
      return { state: 'completed', result: 'result' in outcome ? outcome.result : undefined }
    }
    case 'retry':
      return { state: 'retried', delayMs: settlement.delayMs, charged: settlement.charge }
    case 'bury':
      return { state: 'dead', reason: settlement.reason, error: factsOf(settlement.detail) }
    case 'release':
      return { state: 'limited', ...(settlement.hold ?? { forMs: 0, scope: 'queue' }) }
    default:
      return { state: 'cancelled' }
  }
}

function stepsIn(entries: readonly (readonly [string, readonly unknown[]])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([key, [value]]) => [key, value]))
}
