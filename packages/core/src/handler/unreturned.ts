import { MqError } from '../errors.ts'
import type { Environment } from '../ports/adapter.ts'

/** An executor: its runs may have made a verdict. */
export interface Crew {
  readonly queue: string
  readonly services: Pick<Environment, 'logger' | 'onError'>
  /** The number of the oldest run that has not ended; undefined when none runs. */
  readonly oldestRun: number | undefined
}

interface Made {
  readonly kind: string
  /** The number of the newest run at that moment. */
  readonly newestRun: number
  readonly crews: readonly Crew[]
}

/** So many verdicts are followed at a time; one that is returned or thrown is not followed any more. */
const MOST_FOLLOWED = 1_000

/**
 * Verdicts of this process that were made while handlers ran, and that no handler has returned or thrown yet, oldest
 * first. One that is still here when all those handlers have ended was not returned: `retry()` without `return`, and
 * its task counts as completed.
 */
const open = new Map<object, Made>()
const crews = new Set<Crew>()
/** Queues for which it was reported, once for each. */
const reported = new WeakMap<Crew, Set<string>>()
let runs = 0

/** The runs of this executor may make verdicts until it leaves. */
export function join(crew: Crew): void {
  crews.add(crew)
}

export function leave(crew: Crew): void {
  crews.delete(crew)
}

/** The number of a run that begins. */
export function beginRun(): number {
  return ++runs
}

/** A verdict made while no handler runs is a constant of the program: it may be returned often, or never. */
export function follow<V extends object>(verdict: V, kind: string): V {
  const running = [...crews].filter(({ oldestRun }) => oldestRun !== undefined)
  if (running.length === 0) return verdict
  for (const oldest of open.keys()) {
    if (open.size < MOST_FOLLOWED) break
    open.delete(oldest)
  }
  open.set(verdict, { kind, newestRun: runs, crews: running })
  return verdict
}

/** A handler returned or threw this value. */
export function handOver(value: unknown): void {
  if (open.size > 0) open.delete(value as object)
}

/** A run has ended. */
export function endRun(): void {
  if (open.size === 0) return
  const oldestRun = Math.min(...[...crews].map((crew) => crew.oldestRun ?? Number.POSITIVE_INFINITY))
  for (const [verdict, made] of open) {
    if (oldestRun <= made.newestRun) return
    open.delete(verdict)
    report(made)
  }
}

function report({ kind, crews: [crew, ...others] }: Made): void {
  if (crew === undefined) return
  const kinds = reported.get(crew) ?? new Set()
  if (kinds.has(kind)) return
  reported.set(crew, kinds.add(kind))
  const queues = [crew, ...others].map(({ queue }) => queue)
  const message = `a handler of ${queues.join(' or ')} called ${kind}() and did not return or throw its verdict, so it had no effect: write "return ${kind}(…)"`
  const { logger, onError } = crew.services
  logger.warn({ queue: crew.queue, verdict: kind }, message)
  onError(new MqError('unreturned-verdict', message, { details: { queues, verdict: kind } }))
}
