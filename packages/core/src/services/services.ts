import type { HeadersFor } from '../define/headers-for.ts'
import type { Clock } from '../clock.ts'
import type { Middleware } from '../handler/middleware.ts'
import type { SelfWaits } from './self-waits.ts'
import type { Sleepers } from './sleepers.ts'
import type { Logger } from '../logger.ts'

/** What every part of a broker is given. */
export interface Services {
  readonly clock: Clock
  readonly logger: Logger
  /** Reports a failure that no caller waits for. Never throws. */
  readonly onError: (error: Error) => void
  /** How long a call is repeated while the storage is unavailable. */
  readonly operationTimeoutMs: number
  /** Around every handler, the first one outermost. */
  readonly middleware: readonly Middleware[]
  /** Headers for every task that is enqueued; the caller's own win. */
  readonly headers: HeadersFor | undefined
  /** Aborts when the broker is closed, which ends all pauses. */
  readonly closed: AbortSignal
  /** Handlers that wait for their own queue. */
  readonly selfWaits: SelfWaits
  /** The workers that sleep. */
  readonly sleepers: Sleepers
  /** In [0, 1). */
  readonly random: () => number
}
