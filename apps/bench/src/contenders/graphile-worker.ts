import { Logger, makeWorkerUtils, run, runMigrations } from 'graphile-worker'
import type { Runner } from 'graphile-worker'
import type { Task } from '../task.ts'
import type { Contender } from './contender.ts'

const NAME = 'bench'
const BATCH = 500
const CONNECTIONS = 25
const SILENT = new Logger(() => () => {})

/** graphile-worker, as its page on performance advises. */
export const graphileWorker: Contender = {
  name: 'graphile-worker',
  package: 'graphile-worker',
  title: (version) => `graphile-worker ${version}`,
  settings: `LISTEN/NOTIFY, a \`localQueue\` of ${BATCH}, completions in batches (\`completeJobBatchDelay: 0\`), \`addJobs\` for many, a pool of ${CONNECTIONS}`,
  server: 'postgres',
  pace: { enqueue: 5_000, bulk: 25_000, process: [4_000, 6_000, 6_000] },
  lacks: { reply: 'has no way to await a result', fanout: 'has no channels' },

  async connectProducer(url) {
    const utils = await makeWorkerUtils({ connectionString: url, maxPoolSize: CONNECTIONS, logger: SILENT })
    await utils.migrate()
    return {
      enqueue: (task) => utils.addJob(NAME, task),
      enqueueAll: (batch) => utils.addJobs(batch.map((payload) => ({ identifier: NAME, payload }))),
      async left() {
        const { rows } = await utils.withPgClient((client) =>
          client.query('SELECT count(*)::int AS left FROM graphile_worker._private_jobs'),
        )
        return rows[0].left as number
      },
      close: async () => utils.release(),
    }
  },

  async connectWorker(url, concurrency, handler) {
    await runMigrations({ connectionString: url, logger: SILENT })
    let running: Promise<Runner> | undefined
    return {
      run() {
        running = run({
          connectionString: url,
          maxPoolSize: CONNECTIONS,
          logger: SILENT,
          concurrency,
          noHandleSignals: true,
          taskList: { [NAME]: async (payload) => void (await handler(payload as Task)) },
          preset: { worker: { localQueue: { size: BATCH }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        })
      },
      close: async () => (await running)?.stop(),
    }
  },
}
