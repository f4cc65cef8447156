import { createBroker, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { onTestFinished } from 'vitest'
import { createAppLogger } from '../src/app-logger.ts'
import { serveHealth } from '../src/serve-health.ts'

/** Of a server that answers probes until the end of the test. */
export async function healthPort(): Promise<number> {
  let said = ''
  const logger = createAppLogger({
    app: 'test',
    level: 'info',
    destination: { write: (line: string) => void (said += line) },
  })
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  const health = await serveHealth({ HEALTH_PORT: 0 }, { logger, broker, ready: async () => undefined })
  onTestFinished(async () => {
    await health[Symbol.asyncDispose]()
    await broker.close()
  })
  return Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1])
}
