import type { AppLogger } from './app-logger.ts'

/** The part of Node's `process` that the life of a service needs. Only a `main.ts` has it. */
export type HostProcess = Pick<NodeJS.Process, 'argv' | 'env' | 'exit' | 'on' | 'pid' | 'stderr' | 'stdout'>

export interface Service {
  /** Ends in good order within `deadlineMs`. */
  close(options: { readonly deadlineMs: number }): Promise<unknown>
  /** Resolves when its work can be done now; rejects with the reason if not. Takes no longer than the signal allows. */
  ready?(signal: AbortSignal): Promise<void>
  /** Resolves when it has nothing left to do, because operators stopped its workers: the process ends then. */
  readonly ended?: Promise<void> | undefined
}

/** How long the work of a service has to end, of the time that the process has. */
export function deadlineOf(gracePeriodMs: number): number {
  return Math.floor(gracePeriodMs * 0.8)
}

export interface LifeOptions {
  readonly logger: AppLogger
  readonly gracePeriodMs: number
  /**
   * How long the service goes on after SIGTERM before it is closed, with `signal` aborted, so that a load balancer sees
   * that it is no longer ready and sends its requests elsewhere. Default 0. The grace period begins afterwards.
   */
  readonly drainMs?: number | undefined
  /**
   * Begins the work. `signal` aborts when the process has to stop, also while this is still waiting. `fail` ends the
   * process after a later failure that cannot be repaired.
   */
  readonly start: (signal: AbortSignal, fail: (error: unknown) => void) => Promise<Service>
}

/** A mistake of the person who starts the app: reported in one line, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Package managers pass Ctrl-C on to a process that has already got it from the terminal: one press, two signals. */
const SAME_KEYPRESS_MS = 100

/**
 * Runs a service until SIGTERM or SIGINT, or until it has nothing left to do, then stops it and exits: 0 when that went
 * well within the grace period, else 1. A second signal exits at once. A failure that nobody caught is logged and exits
 * 1.
 */
export function live(host: HostProcess, { logger, gracePeriodMs, drainMs = 0, start }: LifeOptions): void {
  const stopping = new AbortController()
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined
  let service: Service | undefined
  let closing = false

  host.on('uncaughtException', (error) => fail('uncaught exception', error))
  host.on('unhandledRejection', (reason) => fail('unhandled rejection', reason))
  host.on('SIGTERM', stop)
  host.on('SIGINT', stop)

  const started = start(stopping.signal, failStart).then((value) => {
    service = value
    void value.ended?.then(() => {
      if (closing) return
      logger.info('stopping: its workers were stopped by operators')
      close(0)
    })
  }, failStart)

  function stop(signal: NodeJS.Signals): void {
    const at = performance.now()
    if (first) {
      if (signal === 'SIGINT' && first.signal === signal && at - first.at < SAME_KEYPRESS_MS) return
      logger.warn({ signal }, 'second signal: exiting at once')
      return host.exit(signal === 'SIGINT' ? 130 : 1)
    }
    first = { signal, at }
    logger.info({ signal }, 'stopping')
    // Behind Ctrl-C is a person who waits, and no load balancer.
    close(signal === 'SIGTERM' && service !== undefined ? drainMs : 0)
  }

  function close(drainedInMs: number): void {
    if (closing) return
    closing = true
    setTimeout(() => fail('did not stop within the grace period', undefined), drainedInMs + gracePeriodMs)
    stopping.abort()
    started
      .then(() => new Promise<void>((resolve) => setTimeout(resolve, drainedInMs)))
      .then(() => service?.close({ deadlineMs: deadlineOf(gracePeriodMs) }))
      .then(
        () => {
          logger.info('stopped')
          host.exit(0)
        },
        (error: unknown) => fail('could not stop cleanly', error),
      )
  }

  function failStart(error: unknown): void {
    if (!stopping.signal.aborted) fail('could not start', error)
  }

  function fail(what: string, error: unknown): void {
    if (error instanceof StartError) logger.fatal(error.message)
    else logger.fatal(error === undefined ? {} : { err: error }, what)
    host.exit(1)
  }
}
