import { createBroker, MqError } from '@mq/core'
import type { Adapter, Broker } from '@mq/core'
import type { z } from 'zod'
import { createAppLogger } from './app-logger.ts'
import type { AppLogger } from './app-logger.ts'
import { EnvError, readEnv } from './env.ts'
import type { SharedEnv } from './env.ts'
import { helpOf, variablesOf } from './variables.ts'
import { live, StartError } from './lifecycle.ts'
import type { HostProcess, Service } from './lifecycle.ts'
import { redactUrl } from './redact-url.ts'
import { NotNow, serveHealth } from './serve-health.ts'
import type { HealthEnv } from './serve-health.ts'
import { awaitStorage } from './storage-watch.ts'

/** The last line of a successful start. `demo` waits for it. */
export const READY = 'ready'

/** The variables of an app that `runApp` can run. */
type AppEnv = SharedEnv & HealthEnv & { readonly DRAIN_MS?: number | undefined }

export interface AppOptions<Env extends AppEnv> {
  readonly name: string
  readonly env: z.ZodType<Env>
  readonly adapter: (env: Env) => Adapter
  readonly start: (parts: AppParts<Env>) => Promise<Service>
}

export interface AppParts<Env> {
  readonly env: Env
  readonly logger: AppLogger
  readonly broker: Broker
  /** Aborts when the process has to stop. */
  readonly signal: AbortSignal
  /** Distinguishes processes of one app in logs and on the page. */
  readonly instance: string
}

/** The life of an app that works on one broker: from its environment to its exit code. */
export function runApp<Env extends AppEnv>(host: HostProcess, options: AppOptions<Env>): void {
  const env = readEnvOrExit(host, options.name, options.env)
  const logger = createAppLogger({ app: options.name, level: env.LOG_LEVEL })
  live(host, {
    logger,
    gracePeriodMs: env.GRACE_PERIOD_MS,
    drainMs: env.DRAIN_MS,
    start: async (signal, fail) => {
      // Until the storage has answered for the first time, only `awaitStorage` logs that it is unavailable, once.
      const brokerLogger = logger.child({}, { level: 'error' })
      const broker = createBroker(adapterOf(options, env), {
        logger: brokerLogger,
        operationTimeoutMs: env.STORAGE_TIMEOUT_MS,
      })
      const instance = `${options.name}-${host.pid}`
      let service: Service | undefined
      const ready = async (enough: AbortSignal): Promise<void> => {
        if (signal.aborted) throw new NotNow('stopping')
        if (service === undefined) throw new NotNow('starting')
        await service.ready?.(enough)
      }
      const health = await serveHealth(env, { logger, broker, ready })
      const storage = awaitStorage(broker, redactUrl(env.REDIS_URL), logger, signal).then(() => {
        brokerLogger.level = logger.level
      })
      const starting = options.start({ env, logger, broker, signal, instance })
      Promise.all([storage, starting]).then(() => logger.info(READY), fail)
      service = await starting
      return {
        ended: service.ended,
        close: async ({ deadlineMs }) => {
          await service.close({ deadlineMs })
          await broker.close()
          await health[Symbol.asyncDispose]()
        },
      }
    },
  })
}

/** A REDIS_URL that the adapter cannot read is a mistake of the person who set it; its value is not shown. */
function adapterOf<Env extends AppEnv>({ adapter }: AppOptions<Env>, env: Env): Adapter {
  try {
    return adapter(env)
  } catch (error) {
    throw MqError.is(error, 'invalid-options') ? new StartError(`REDIS_URL: ${error.message}`) : error
  }
}

/**
 * `--help` prints every variable and ends the process. A bad value is reported in one line on standard error: there is
 * no logger yet.
 */
export function readEnvOrExit<Env>(host: HostProcess, app: string, schema: z.ZodType<Env>): Env {
  const [argument] = host.argv.slice(2)
  if (argument === '--help' || argument === '-h') {
    host.stdout.write(helpOf(app, variablesOf(schema)))
    return host.exit(0)
  }
  if (argument !== undefined) {
    host.stderr.write(`${app}: takes no arguments but --help, which lists the environment variables that it takes\n`)
    return host.exit(1)
  }
  try {
    return readEnv(schema, host.env)
  } catch (error) {
    if (!(error instanceof EnvError)) throw error
    host.stderr.write(`${app}: ${error.message}\n`)
    return host.exit(1)
  }
}
