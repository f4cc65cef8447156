import { USUAL_CREW } from '../crew/crew-plan.ts'
import type { Hand } from '../crew/hand.ts'
import { lasting, until } from '../until.ts'
import { enqueued } from './enqueued.ts'
import type { Experiment } from './experiment.ts'

const HELD_MS = 100
/** Of the machine: a turn of a busy process, and the way to the next worker. */
const SLACK_MS = 50
const { concurrency } = USUAL_CREW.worker
const LONG_MS = 3_000
const FAST = 1_500
const BURST = 60
const BURST_MS = [60, 100] as const
const BURST_LASTS_MS = 1_200

/** All places of a worker but one are taken for long, the one was fast; what comes then must not wait behind it. */
export const mixedLengths: Experiment = {
  name: 'mixed-lengths',
  fault: `a worker does ${FAST} tasks at full speed, then begins ${concurrency - 1} that take ${LONG_MS / 1_000} s; then ${BURST} are enqueued that take ${BURST_MS.join('–')} ms, and an idle worker starts; then SIGKILL of the first`,
  bound: `what the killed one had claimed and not settled; nothing waits in a worker for ${HELD_MS} ms while another is idle`,
  crew: ({ rounds }) => ({
    producers: 0,
    workers: 1 + rounds,
    producer: { ...USUAL_CREW.producer, lanes: 8, pauseMs: [0, 0], delayed: 0, failing: 0 },
  }),
  workersLater: true,
  expected: ({ noiseMs }) => ({ idleBeside: { concurrency, withinMs: HELD_MS + SLACK_MS + noiseMs } }),
  steady: true,
  peers: false,
  async run({ crew, strike, left }) {
    const [first, ...others] = crew.workers
    let busy: Hand = first!
    crew.begin([busy])
    for (const idle of others) {
      const burst = crew.addProducer({ most: BURST, workMs: BURST_MS })
      await burst.ready()
      const { count } = crew
      await enqueued(crew, { most: FAST, workMs: [0, 0] })
      await until('the fast ones to be done', 20_000, () => crew.count >= count + FAST)
      await enqueued(crew, { most: concurrency - 1, workMs: [LONG_MS, LONG_MS] })
      await until('the long ones to run', 10_000, () => busy.running >= concurrency - 1)
      crew.begin([idle])
      await crew.join(burst)
      await until('the burst to be there', 20_000, () => burst.has('stopped'))
      await lasting(BURST_LASTS_MS)
      await strike('SIGKILL', [busy.proc], () => busy.kill())
      await until('all to be done', 30_000, async () => (await left()) === 0)
      busy = idle
    }
  },
}
