import type { Contender } from './contender.ts'
import { pythonContender } from './python-contender.ts'

const PROCESSES = 10

export const rq: Contender = pythonContender({
  name: 'rq',
  title: 'RQ',
  library: 'rq',
  file: 'rq_side.py',
  mostAtOnce: PROCESSES,
  settings:
    `Debian’s python3-rq; \`SimpleWorker\`, which forks no process for each job, as many as the concurrency up to ${PROCESSES} (each is a process); JSON, ` +
    'no results kept (`result_ttl=0`), `enqueue_many`; one producer, whose callers take turns; an answer is looked for every 2 ms, since this version cannot wait for one, in 100 threads',
  pace: { enqueue: 1_500, bulk: 4_000, process: [500, 600, 600] },
  lacks: { fanout: 'has no channels' },
})
