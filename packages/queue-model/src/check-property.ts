import * as fc from 'fast-check'

export interface RunOptions {
  /** `MQ_TEST_SEED`: which runs; `MQ_TEST_RUNS`: how many, however long they take. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly runs: number
  /** No further run begins after this. */
  readonly limitMs: number
}

/** As many runs as are asked for. Throws an Error with the seed, what went wrong, and the shortest way to it. */
export async function checkProperty<T>(
  property: fc.IAsyncPropertyWithHooks<[T]>,
  { environment, runs, limitMs }: RunOptions,
): Promise<void> {
  const seed = Number(environment['MQ_TEST_SEED'] ?? Date.now() % 1_000_000)
  const asked = environment['MQ_TEST_RUNS']
  const limits = asked === undefined ? { numRuns: runs, interruptAfterTimeLimit: limitMs } : { numRuns: Number(asked) }
  const details = await fc.check(property, { seed, ...limits })
  if (!details.failed) return
  const why = String(details.errorInstance)
  throw new Error(`MQ_TEST_SEED=${seed}\n${why}\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance })
}
