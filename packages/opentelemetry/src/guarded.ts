import { diag } from '@opentelemetry/api'

/** A subscriber that throws is an uncaught exception of the process. What an SDK throws goes to its own diagnostics. */
export function guarded(act: (event: unknown) => void): (event: unknown) => void {
  return (event) => {
    try {
      act(event)
    } catch (error) {
      diag.error('@mq/opentelemetry: an event was not recorded', error)
    }
  }
}
