import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type AppLogger = Logger

export interface LogOptions {
  readonly app: string
  readonly level: string
  /**
   * Default: standard output, written before the call returns. So nothing is lost at an exit, and an exit does not hang
   * when nobody reads the output, as it does with pino's own default.
   */
  readonly destination?: DestinationStream | undefined
}

/** One line of JSON per event. */
export function createAppLogger({ app, level, destination }: LogOptions): AppLogger {
  const options = {
    level,
    base: { app },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorFacts, error: errorFacts },
  }
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }))
}

interface ErrorFacts {
  readonly name: string
  readonly message: string
  readonly code?: unknown
  readonly stack?: string | undefined
  readonly cause?: ErrorFacts | undefined
}

/**
 * The fields that are logged of an error: other fields of a client's error may contain its command, and so a password
 * or a payload.
 */
function errorFacts(thrown: unknown, depth = 0): ErrorFacts {
  if (!(thrown instanceof Error)) return { name: typeof thrown, message: String(thrown) }
  return {
    name: thrown.name,
    message: thrown.message,
    ...('code' in thrown && { code: thrown.code }),
    stack: thrown.stack,
    ...(thrown.cause !== undefined && depth < 4 && { cause: errorFacts(thrown.cause, depth + 1) }),
  }
}
