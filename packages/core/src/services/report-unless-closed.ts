import { MqError, toError } from '../errors.ts'
import type { Services } from './services.ts'

/** Reports what no caller waits for; but not, to the one who closed a broker, that it was closed meanwhile. */
export function reportUnlessClosed(thrown: unknown, { closed, logger, onError }: Services): void {
  const error = toError(thrown)
  if (closed.aborted && MqError.is(error, 'closed')) logger.debug({ err: error }, 'the broker was closed meanwhile')
  else onError(error)
}
