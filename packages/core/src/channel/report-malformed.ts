import type { Services } from '../services/services.ts'
import type { Arrived } from './message-buffer.ts'

/** Reports a message that cannot be read, once for all subscribers of a process. */
export function reportMalformed({ logger, onError }: Services): (message: Arrived, error: Error) => void {
  const reported = new WeakSet<Arrived>()
  return (message, error) => {
    if (reported.has(message)) return
    reported.add(message)
    const { channel, epoch, n } = message
    logger.warn(
      { channel, epoch, n, err: error },
      'a message cannot be read and is skipped; the subscription continues',
    )
    onError(error)
  }
}
