import { TASKS_PER_PRODUCER, USUAL_CREW } from '../crew/crew.ts'
import { until } from '../until.ts'
import type { Experiment } from './experiment.ts'

const POISON = TASKS_PER_PRODUCER + 50
const OTHERS = 99

/** Each crash is told to a supervisor, which starts another worker. */
export const poisonTask: Experiment = {
  name: 'poison-task',
  fault: `a task that ends its process (\`process.exit\`), among ${OTHERS} others; workers are replaced`,
  bound: 'what the dying worker had claimed and not settled; the task is buried as `crash-limit`, and no other is',
  crew: () => ({
    producers: 1,
    producer: {
      ...USUAL_CREW.producer,
      most: OTHERS + 1,
      failing: 0,
      specials: { [POISON]: { kind: 'poison', workMs: 0 } },
    },
    worker: { ...USUAL_CREW.worker, concurrency: 5 },
  }),
  expected: { buried: new Map([[POISON, 'crash-limit']]) },
  peers: true,
  async run({ crew, left }) {
    const { length: size } = crew.workers
    await until('all others to be done', 40_000, async () => {
      while (crew.workers.length < size) await crew.replace()
      return crew.producers.every((producer) => producer.has('stopped')) && (await left()) === 0
    })
  },
}
