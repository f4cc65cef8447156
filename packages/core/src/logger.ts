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

/** A logger that throws must not stop a worker. What it threw is told on stderr. */
export function guarded(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (fields: LogFields, message: string): void => {
      try {
        logger[level](fields, message)
      } catch (thrown) {
        consoleLogger.error({ err: thrown, message }, 'the logger itself failed')
      }
    }
  return { debug: guard('debug'), info: guard('info'), warn: guard('warn'), error: guard('error') }
}
