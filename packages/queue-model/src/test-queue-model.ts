import * as fc from 'fast-check'
import { enqueueing } from './commands/enqueueing.ts'
import { holding } from './commands/holding.ts'
import { operating } from './commands/operating.ts'
import { sharing } from './commands/sharing.ts'
import { turns } from './commands/turns.ts'
import { finish } from './finish.ts'
import { keepingOutcomes } from './outcomes.ts'
import { World } from './world.ts'
import type { RealQueue } from './world.ts'

export interface ModelTestOptions {
  /** A queue that nobody has used, for each run. */
  open(): Promise<RealQueue>
  /** `MQ_TEST_SEED` repeats the runs of a failure; `MQ_TEST_RUNS` asks for so many, and as long as they take. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly runs: number
  /** No run begins later than that. */
  readonly limitMs: number
  /** Also with keys and limits. */
  readonly shares?: boolean | undefined
}

const MOST_COMMANDS = 60

/** Plays random commands on a real queue and on the model, and throws the shortest sequence at which they differ. */
export async function testQueueModel({
  open,
  environment,
  runs,
  limitMs,
  shares = false,
}: ModelTestOptions): Promise<void> {
  const seed = Number(environment['MQ_TEST_SEED'] ?? Date.now() % 1_000_000)
  const asked = environment['MQ_TEST_RUNS']
  const sequences = fc.commands(
    [fc.oneof(...enqueueing, ...turns, ...holding, ...operating, ...(shares ? sharing : []))],
    {
      maxCommands: MOST_COMMANDS,
      size: 'max',
    },
  )
  const property = fc.asyncProperty(sequences, async (commands) => {
    const opened = await open()
    const drivers = opened.outcomes === undefined ? opened.drivers : opened.drivers.map(keepingOutcomes)
    const real = { ...opened, drivers }
    const world = new World(shares)
    try {
      await fc.asyncModelRun(() => ({ model: world, real }), commands)
      await finish(world, real)
    } finally {
      await real.close()
    }
  })
  const limits = asked === undefined ? { numRuns: runs, interruptAfterTimeLimit: limitMs } : { numRuns: Number(asked) }
  const details = await fc.check(property, { seed, ...limits })
  if (!details.failed) return
  const why = String(details.errorInstance)
  throw new Error(`MQ_TEST_SEED=${seed}\n${why}\n${fc.defaultReportMessage(details)}`, { cause: details.errorInstance })
}
