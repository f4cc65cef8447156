import { PgBoss } from 'pg-boss'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'
import { sideBySide } from './side-by-side.ts'

const NAME = 'bench'
/** A batch is fetched and completed in one statement each. */
const BATCH = 500
const CONNECTIONS = 10

/** pg-boss, with nothing of it running that a queue does not need. */
export const pgBoss: Contender = {
  name: 'pg-boss',
  package: 'pg-boss',
  title: (version) => `pg-boss ${version}`,
  settings:
    `LISTEN/NOTIFY (without it an idle task waits half a second, and enqueueing is about twice as fast), batches of ${BATCH} that are fetched anew while they come back full (\`burstWhenBatchFull\`), \`insert\` for many, ` +
    `no schedules, no supervision, a pool of ${CONNECTIONS}; a batch is handled at the concurrency that is measured and completed as one`,
  server: 'postgres',
  pace: { enqueue: 4_000, bulk: 20_000, process: [8_000, 8_000, 8_000] },
  lacks: { reply: 'has no way to await a result', fanout: 'its pub/sub is a queue for each subscriber' },

  async connectProducer(url) {
    const boss = await connect(url, false)
    await boss.createQueue(NAME, { notify: true, retryLimit: 0 })
    return {
      enqueue: (task) => boss.send(NAME, task),
      enqueueAll: (batch) =>
        boss.insert(
          NAME,
          batch.map((data) => ({ data })),
        ),
      async left() {
        const { rows } = await boss
          .getDb()
          .executeSql(`SELECT count(*)::int AS left FROM pgboss.job WHERE state < 'completed'`)
        return rows[0].left as number
      },
      close: () => boss.stop({ graceful: false, close: true }),
    }
  },

  async connectWorker(url, concurrency, handler) {
    const boss = await connect(url, true)
    return {
      run() {
        const options = { batchSize: BATCH, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
        void boss.work<Task>(NAME, options, (jobs) => sideBySide(jobs, concurrency, ({ data }) => handler(data)))
      },
      close: () => boss.stop({ graceful: true, close: true }),
    }
  },
}

async function connect(url: string, useListenNotify: boolean): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: url,
    max: CONNECTIONS,
    useListenNotify,
    supervise: false,
    schedule: false,
  })
  boss.on('error', (error) => {
    throw error
  })
  await boss.start()
  return boss
}
