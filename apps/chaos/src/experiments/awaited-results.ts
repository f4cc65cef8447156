import type { Hand } from '../crew/hand.ts'
import { CALM } from '@mq/redis-server/proxy'
import { lasting, until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'

/** A look that nobody hurries for comes 2 s after the first, the next 4 s after that, and then none for 8 s. */
const PENDING_MS = 8_000
const CUT_MS = 800
const DOWN_MS = 300
const CALL_EVERY_MS = 20
/**
 * For each result, ms in which a caller makes his other calls at that pace: they are asked for one batch after the
 * other.
 */
const ANSWERED_WITHIN_MS = 0.3
/** A machine that is busy at times is so for all calls. */
const DISTURBED = { factor: 5, slackMs: 50 }
const ALL_WITHIN_MS = 180_000

/** What ends while its caller is cut off is heard of by nobody: he asks again for all that he awaits. */
export const awaitedResults: Experiment = {
  name: 'awaited-results',
  fault: `callers await thousands of results, and have done so for ${PENDING_MS / 1_000} s; one is cut off for ${CUT_MS} ms while workers do its tasks; in the full profile Redis (appendfsync always) is killed under the next, and workers start when it is back`,
  bound: 'what was claimed and not settled',
  fsync: 'always',
  workersLater: true,
  crew: ({ awaited }) => ({
    producers: 0,
    workers: 0,
    leaseMs: 3_000,
    caller: { most: awaited, probeEveryMs: CALL_EVERY_MS },
  }),
  expected: ({ awaited, noiseMs }) => ({
    answers: {
      withinCalls: (ANSWERED_WITHIN_MS * awaited + noiseMs) / CALL_EVERY_MS,
      disturbed: { factor: DISTURBED.factor, slackMs: DISTURBED.slackMs + noiseMs },
      kept: 10_000,
    },
  }),
  steady: true,
  alone: true,
  peers: false,
  async run(scene) {
    const { proxy, server, strike } = scene
    await calledAndDone(scene, async (caller, work) => {
      await strike('caller cut off', [caller.proc], async () => {
        proxy.weather = { holdCommands: true, holdReplies: true }
        proxy.reset()
        work()
        await lasting(CUT_MS)
        proxy.reset()
        proxy.weather = CALM
      })
    })
    if (scene.size.rounds === 1) return
    await calledAndDone(scene, async (_, work) => {
      await strike('redis SIGKILL', '*', async () => {
        await server.kill()
        await lasting(DOWN_MS)
        await server.restart()
      })
      work()
    })
  },
}

/** All is pending, and nobody works; then `during` happens, which lets the workers begin; all is answered. */
async function calledAndDone(
  { crew, proxy, size }: Scene,
  during: (caller: Hand, work: () => void) => Promise<void>,
): Promise<void> {
  const caller = crew.addCaller({ url: proxy.url })
  const workers = [crew.addWorker(), crew.addWorker()]
  await Promise.all([...workers, caller].map((hand) => hand.ready()))
  crew.begin([caller])
  await until('all to be pending', ALL_WITHIN_MS, () => caller.running === size.awaited)
  await lasting(PENDING_MS)
  await during(caller, () => crew.begin(workers))
  await until('all to be answered', ALL_WITHIN_MS, () => caller.count === size.awaited)
  for (const worker of workers) worker.signal('SIGTERM')
}
