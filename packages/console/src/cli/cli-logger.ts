import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

/**
 * One line of JSON per event. Of an error only these fields are logged: others of a client's error may contain its
 * command, and so a password or a payload.
 */
export function createCliLogger(destination: DestinationStream): Logger {
  return pino({ base: null, serializers: { err: (error: unknown) => errorFacts(error) } }, destination)
}

const DEEPEST = 4

function errorFacts(thrown: unknown, depth = 0): object {
  if (!(thrown instanceof Error)) return { name: typeof thrown }
  const { name, message, stack, cause } = thrown
  const code = 'code' in thrown ? { code: thrown.code } : {}
  return {
    name,
    message,
    ...code,
    stack,
    ...(cause !== undefined && depth < DEEPEST && { cause: errorFacts(cause, depth + 1) }),
  }
}
