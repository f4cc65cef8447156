/**
 * `handler-missing`: there is no such file, or it cannot be loaded, or exports no function of this name.
 * `handler-closed`: the handler was closed, before the run or under it. `handler-killed`: it did not stop
 * within `killAfterMs` of the abort of its signal. `handler-exited`: its thread or process ended under it, for
 * instance because it was out of memory. `not-cloneable`: its payload cannot be passed to it, or its answer from it.
 */
export type IsolateErrorCode =
  | 'handler-missing'
  | 'handler-closed'
  | 'handler-killed'
  | 'handler-exited'
  | 'not-cloneable'

/** The attempt failed, and not by what its handler threw. It is retried as the queue says. */
export class IsolateError extends Error {
  override readonly name = 'IsolateError'
  readonly code: IsolateErrorCode

  constructor(code: IsolateErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
