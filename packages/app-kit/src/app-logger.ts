import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type AppLogger = Logger

export interface LogOptions {
  readonly app: string
  readonly level: string
  /**
   * Default: standard output, written before the call returns. Nothing is lost at an exit then, nor does an exit hang
   * when nobody reads any more, as it does with pino's own default.
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

/** Names what is logged of an error: a client's own fields may hold its command, and so a password or a payload. */
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
