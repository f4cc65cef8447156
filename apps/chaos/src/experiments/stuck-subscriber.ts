import { besideOf } from '../programs/subscriber.ts'
import { lasting, until } from '../until.ts'
import type { Experiment, Scene } from './experiment.ts'

const WINDOWS_PER_ROUND = 3
/** All windows are as long as one another: a longer one is likelier to meet a moment when the machine is busy. */
const WINDOW_MS = 2_500
const SETTLED_AFTER_MS = 500
const LOOK_EVERY_MS = 100
const EVERY_MS = 5
const PUBLISHERS = 2
const BODY_BYTES = 32 * 1_024
/** Of messages, far less than are published in a window. */
const BUFFER = 200
/** What Redis keeps for a subscriber that does not read, until it closes the connection. */
const OUTPUT_LIMIT_BYTES = 8 * 2 ** 20

/** A subscriber that takes nothing must not be felt by those that do. */
export const stuckSubscriber: Experiment = {
  name: 'stuck-subscriber',
  fault: `a subscriber's process gets SIGSTOP, and a handler beside a fast one in another process does not return, for ${WINDOW_MS} ms, while ${PUBLISHERS} publishers send ${BODY_BYTES / 1_024} KiB every ${EVERY_MS} ms each; then both go on`,
  bound:
    'no message twice; losses are reported to the stuck subscribers, the fast ones are as fast as without, and memory is bounded',
  crew: () => ({
    producers: 0,
    workers: 0,
    steadyPublishers: PUBLISHERS,
    steadyPublisher: { everyMs: EVERY_MS, bodyBytes: BODY_BYTES },
    subscribers: 3,
    besideBuffer: BUFFER,
  }),
  expected: ({ noiseMs }) => ({
    isolation: {
      factor: 1.2,
      slackMs: noiseMs,
      serverBytes: OUTPUT_LIMIT_BYTES + 8 * 2 ** 20,
      publisherBytes: 96 * 2 ** 20,
    },
  }),
  steady: true,
  alone: true,
  peers: false,
  before: ({ admin }) =>
    admin(async (redis) => {
      await redis.config('SET', 'client-output-buffer-limit', `pubsub ${OUTPUT_LIMIT_BYTES} 0 0`)
    }),
  async run(scene) {
    const { crew, size, strike } = scene
    const [besideIt, , stopped] = crew.workers
    const stuck = [besideOf(besideIt!.proc), stopped!.proc]
    await lasting(SETTLED_AFTER_MS)
    for (let i = 0; i < size.rounds * WINDOWS_PER_ROUND; i++) {
      await measured(scene, [])
      await strike('stuck subscribers', [stopped!.proc], async () => {
        besideIt!.order('hold')
        stopped!.signal('SIGSTOP')
        await measured(scene, stuck)
        besideIt!.order('release')
        stopped!.signal('SIGCONT')
      })
      const { count } = stopped!
      await until('the stopped subscriber to go on', 10_000, () => stopped!.count > count)
      await lasting(SETTLED_AFTER_MS)
    }
    await measured(scene, [])
  },
}

/** A window in which these sessions are stuck; meanwhile Redis is asked for its memory. */
async function measured({ write, admin }: Scene, stuck: readonly string[]): Promise<void> {
  await admin(async (redis) => {
    write({ ev: 'window.begin', stuck })
    for (const begin = performance.now(); performance.now() - begin < WINDOW_MS; await lasting(LOOK_EVERY_MS)) {
      const usedBytes = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1])
      write({ ev: 'memory', usedBytes })
    }
    write({ ev: 'window.end' })
  })
}
