import * as fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import type { RunOptions } from './check-property.ts'
import { enqueueing } from './commands/enqueueing.ts'
import { holding } from './commands/holding.ts'
import { operating } from './commands/operating.ts'
import { sharing } from './commands/sharing.ts'
import { turns } from './commands/turns.ts'
import { finish } from './finish.ts'
import { keepingOutcomes } from './outcomes.ts'
import { World } from './world.ts'
import type { RealQueue } from './world.ts'

export interface ModelTestOptions extends RunOptions {
  /** A queue that nobody has used, for each run. */
  open(): Promise<RealQueue>
  /** Also with keys and limits. */
  readonly shares?: boolean | undefined
}

const MOST_COMMANDS = 60

/** Plays random commands on a real queue and on the model, and throws the shortest sequence at which they differ. */
export async function testQueueModel({ open, shares = false, ...options }: ModelTestOptions): Promise<void> {
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
  await checkProperty(property, options)
}
