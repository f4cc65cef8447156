import { adoptRejection } from './values/adopt-rejection.ts'
import { messageOf } from './errors.ts'

/** A pino logger fits. `fields` never hold payloads or secrets. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

export type LogFields = Record<string, unknown>

/** The default: warnings and errors on stderr, as nothing may be swallowed. */
export const consoleLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => console.warn(`[mq] ${message}`, fields),
  error: (fields, message) => console.error(`[mq] ${message}`, fields),
}

/** For tests and for those who take everything through `onError`. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
}

/** A logger that throws, or rejects, must not stop a worker. What it threw goes to the console. */
export function guarded(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      const failed = (thrown: unknown): void => lastResort(thrown, message)
      try {
        // An async logger answers with a promise, whatever its type says.
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
    // The console was replaced by one that throws: there is nobody left to hear of it.
  }
}
