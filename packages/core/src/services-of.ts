import type { BrokerOptions } from './broker.ts'
import { adoptRejection } from './values/adopt-rejection.ts'
import { guardedClock } from './waiting/guarded-clock.ts'
import { withLongTimers } from './waiting/long-timers.ts'
import type { Services } from './services/services.ts'
import { systemClock } from './clock.ts'
import { checkFunction, checkInteger, checkMethods } from './define/check.ts'
import { MAX_DELAY_MS } from './ports/limits.ts'
import { checkMiddleware } from './handler/middleware.ts'
import { SelfWaits } from './services/self-waits.ts'
import { Sleepers } from './services/sleepers.ts'
import { toError } from './errors.ts'
import { consoleLogger, guarded } from './logger.ts'

/** What the parts of a broker share, made of its options. Throws a TypeError that names the option at fault. */
export function servicesOf(options: BrokerOptions, closed: AbortSignal): Services {
  const logger = guarded(checkMethods('logger', options.logger ?? consoleLogger, ['debug', 'info', 'warn', 'error']))
  const { onError = () => undefined, clock = systemClock, headers } = options
  checkFunction('onError', onError)
  checkMethods('clock', clock, ['now', 'schedule'])
  const clockFailed = (error: Error): void => {
    logger.error({ err: error }, error.message)
    services.onError(error)
  }
  const services = {
    clock: withLongTimers(guardedClock(clock, (error) => clockFailed(error))),
    middleware: [...checkMiddleware(options.middleware ?? [])],
    headers: headers === undefined ? undefined : checkFunction('headers', headers),
    logger,
    onError(error: Error) {
      const failed = (thrown: unknown): void => logger.error({ err: toError(thrown) }, 'onError itself failed')
      try {
        adoptRejection(onError(error) as unknown, failed)
      } catch (thrown) {
        failed(thrown)
      }
    },
    operationTimeoutMs: checkInteger('operationTimeoutMs', options.operationTimeoutMs ?? 5_000, 1, MAX_DELAY_MS),
    closed,
    sleepers: new Sleepers(),
    random: Math.random,
  }
  return { ...services, selfWaits: new SelfWaits(services) }
}
