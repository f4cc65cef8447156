import { createAppLogger, readEnv } from '@mq/app-kit'
import type { AppLogger, HostProcess, Service } from '@mq/app-kit'
import { createBroker } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { startWeb, webEnv } from '@mq/web'
import { startSubscribers, workerPubsubEnv } from '@mq/worker-pubsub'
import { startWorkers, workerQueueEnv } from '@mq/worker-queue'
import { createRecordReader, listeningUrl } from './log-lines.ts'
import type { LogRecord } from './log-lines.ts'

export interface InMemoryOptions {
  readonly host: HostProcess
  readonly level: string
  readonly onRecord: (record: LogRecord) => void
  readonly signal: AbortSignal
}

/** Starts all apps in this process, where they share its memory. Resolves with the page's URL. */
export async function startInMemory(options: InMemoryOptions): Promise<Service & { readonly url: string }> {
  const { host, level, onRecord, signal } = options
  let url: string | undefined
  const logger = (app: string): AppLogger => {
    const write = createRecordReader(app, (record) => {
      onRecord(record)
      url ??= listeningUrl(record)
    })
    return createAppLogger({ app, level, destination: { write } })
  }
  // Each app has a broker, as in separate processes: the producer's definition of the queue has a capacity.
  const memory = memoryAdapter()
  const [broker, producer] = [0, 1].map(() => createBroker(memory, { logger: logger('mq') })) as [Broker, Broker]
  const workers = await startWorkers({
    broker,
    logger: logger('worker-queue'),
    instance: 'worker-queue',
    env: readEnv(workerQueueEnv, host.env),
  })
  const subscribers = await startSubscribers({
    broker,
    logger: logger('worker-pubsub'),
    instance: 'worker-pubsub',
    env: readEnv(workerPubsubEnv, host.env),
    signal,
  })
  const web = await startWeb({ broker: producer, logger: logger('web'), env: readEnv(webEnv, host.env), signal })
  return {
    url: url ?? '',
    close: async (deadline) => {
      await web.close(deadline)
      await Promise.all([workers.close(deadline), subscribers.close(deadline)])
      await Promise.all([broker.close(), producer.close()])
    },
  }
}
