import { adoptRejection } from './values/adopt-rejection.ts'
import { messageOf } from './errors.ts'

/** A pino logger can be used as it is. `fields` never contain payloads or secrets. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export type LogFields = Record<string, unknown>

/** The default: warnings and errors on stderr, so that none is swallowed. */
export const consoleLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.warn(`[mq] ${message}`, fields),
  error: (fields, message) => console.error(`[mq] ${message}`, fields),
}

/** Logs nothing: for tests, and for programs that get all failures by `onError`. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A logger that adds these fields to those of each call. */
export function withFields(logger: Logger, bound: LogFields): Logger {
  return {
    debug: (fields, message) => logger.debug({ ...bound, ...fields }, message),
    info: (fields, message) => logger.info({ ...bound, ...fields }, message),
    warn: (fields, message) => logger.warn({ ...bound, ...fields }, message),
    error: (fields, message) => logger.error({ ...bound, ...fields }, message),
  }
}

/** Wraps a logger, so that one that throws or rejects does not stop a worker. Its error is written to the console. */
export function guarded(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      const failed = (thrown: unknown): void => lastResort(thrown, message)
      try {
        // An async logger returns a promise, whatever its type says.
        adoptRejection(logger[level](fields, message) as unknown, failed)
      } catch (thrown) {
        failed(thrown)
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}

function lastResort(thrown: unknown, message: string): void {
  try {
    consoleLogger.error({ err: messageOf(thrown), message }, 'the logger itself failed')
  } catch {
    // The console was replaced by one that throws: there is no place left to report it.
  }
}
