import { USUAL_CREW } from '../crew/crew-plan.ts'
import { lasting, until } from '../until.ts'
import { enqueued } from './enqueued.ts'
import type { Experiment } from './experiment.ts'

const PAUSED_MS = 1_000
const HEARD_WITHIN_MS = 100
const FAST = 1_500
const SLOW = 500
const SLOW_MS = 90

/** Workers that do much in little time hold a good deal ahead; then what they hold is slow, and somebody pauses. */
export const pauseAhead: Experiment = {
  name: 'pause-ahead',
  fault: `workers do ${FAST} tasks at full speed, behind which ${SLOW} wait that take ${SLOW_MS} ms; when they reach these, the queue is paused for ${PAUSED_MS} ms`,
  bound: `0; from ${HEARD_WITHIN_MS} ms after the confirmation of the pause on no handler begins, and no task is held`,
  crew: () => ({
    producers: 0,
    operators: 1,
    operator: { ordered: true },
    producer: { ...USUAL_CREW.producer, lanes: 8, pauseMs: [0, 0], delayed: 0, failing: 0 },
  }),
  expected: ({ noiseMs }) => ({ pauseHeardWithinMs: HEARD_WITHIN_MS + noiseMs }),
  steady: true,
  peers: false,
  async run({ crew, size, strike, rest }) {
    const operator = crew.producers[0]!
    const acted = async (order: 'hold' | 'release'): Promise<void> => {
      const { count } = operator
      operator.order(order)
      await until(`the operator to ${order}`, 10_000, () => operator.count > count)
    }
    for (let round = 0; round < size.rounds; round++) {
      await acted('hold')
      for (const [most, ms] of [
        [FAST, 0],
        [SLOW, SLOW_MS],
      ] as const) {
        await enqueued(crew, { most, workMs: [ms, ms] })
      }
      const { count } = crew
      await strike('pause', [], async () => {
        await acted('release')
        await until('the fast ones to be done', 20_000, () => crew.count >= count + FAST)
        await acted('hold')
        await lasting(PAUSED_MS)
        await acted('release')
      })
      await rest()
    }
  },
}
