import { createAppLogger, live, readEnvOrExit } from '@mq/app-kit'
import process from 'node:process'
import { demoEnv } from './env.ts'
import { findStorage } from './find-storage.ts'
import { startInMemory } from './in-memory.ts'
import { startInProcesses } from './in-processes.ts'
import { createRecordReader, toLine } from './log-lines.ts'
import type { LogRecord } from './log-lines.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const onRecord = (record: LogRecord): void => {
  if (logger.isLevelEnabled(record.level)) say(toLine(record))
}

const env = readEnvOrExit(process, 'demo', demoEnv)
// The demo also reads the lines of the apps: the URL, and that they are ready.
const appLevel = ['debug', 'trace'].includes(env.LOG_LEVEL) ? env.LOG_LEVEL : 'info'
const logger = createAppLogger({
  app: 'demo',
  level: env.LOG_LEVEL,
  destination: { write: createRecordReader('demo', onRecord) },
})

live(process, {
  logger,
  gracePeriodMs: env.GRACE_PERIOD_MS,
  start: async (signal, fail) => {
    const storage = await findStorage(env.REDIS_URL, say)
    logger.info(`on ${storage.place}`)
    try {
      const apps =
        storage.kind === 'redis'
          ? await startInProcesses({ host: process, redisUrl: storage.url, level: appLevel, onRecord, fail, signal })
          : await startInMemory({ host: process, level: appLevel, onRecord, signal })
      say(`\n  ${apps.url}\n  ${storage.place}. Ctrl-C stops everything.\n`)
      return { close: (deadline) => apps.close(deadline).finally(() => storage.close()) }
    } catch (error) {
      await storage.close()
      throw error
    }
  },
})
