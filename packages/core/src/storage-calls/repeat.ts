import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'
import { limited } from '../waiting/limit.ts'
import { pause } from '../waiting/pause.ts'
import type { Services } from '../services/services.ts'

/** Pauses double from 50 ms up to this, so that a storage that is available only for a moment is reached, too. */
const MAX_PAUSE_MS = 500

export interface RepeatOptions {
  /** Give up then, ms from now; the last error is thrown. */
  readonly timeoutMs: number
  /** Before each further try. */
  readonly before?: (() => Promise<void>) | undefined
  /** Ends the pause before the next try: the caller knows more. */
  readonly hurry?: (() => AbortSignal) | undefined
  /** For calls that must not be repeated once they may have happened. */
  readonly onlyUnsent?: boolean | undefined
}

/** The call never left this process: it certainly did not happen. */
export function wasNotSent(error: unknown): boolean {
  return MqError.is(error, 'unavailable') && error.details['sent'] === false
}

/** The storage refused it for now (its disk is full, a replica is missing): it did not happen, and may succeed soon. */
export function isPassing(error: unknown): boolean {
  return MqError.is(error, 'storage-refused') && error.details['passing'] === true
}

/**
 * Repeats a call whose end is unknown until it is known. Only for calls that may be repeated (a lane and its `seq`, or
 * a plain read). Any other error than `unavailable` is final and is thrown at once. A refusal that may pass is thrown
 * when the time is over, unchanged if no try before it can have happened.
 */
export async function repeatUntilKnown<T>(
  services: Services,
  call: (tries: number) => Promise<T>,
  options: RepeatOptions,
): Promise<T> {
  const { clock, random } = services
  const giveUpAt = clock.now() + options.timeoutMs
  let last: MqError | undefined
  let unknown: MqError | undefined
  for (let tries = 0; ; tries++) {
    try {
      return await within(clock, giveUpAt - clock.now(), call(tries), last)
    } catch (error) {
      const didNot = wasNotSent(error) || isPassing(error)
      if (!MqError.is(error) || !(didNot || (error.code === 'unavailable' && !options.onlyUnsent))) throw error
      if (!didNot) unknown = error
      last = error
      const pauseMs = Math.min(50 * 2 ** tries, MAX_PAUSE_MS) * (0.5 + random() / 2)
      if (clock.now() + pauseMs >= giveUpAt) {
        if (unknown === undefined || !isPassing(error)) throw error
        throw new MqError('unavailable', `${unknown.message} (then: ${error.message})`)
      }
      const hurry = options.hurry?.() ?? services.closed
      // Once it is closed nothing hurries, or a storage that is not there would be asked without a pause.
      await pause(clock, pauseMs, hurry.aborted ? undefined : hurry)
      await options.before?.()
    }
  }
}

/** A call under way may take longer than its caller wants to wait: its outcome is then unknown, too. */
function within<T>(clock: Clock, timeoutMs: number, call: Promise<T>, last: MqError | undefined): Promise<T> {
  if (timeoutMs === Number.POSITIVE_INFINITY) return call
  const onTimeout = (): Error => {
    // The errors of earlier tries say more, but this one may have been sent.
    const why = last === undefined ? '' : ` (before: ${last.message})`
    return new MqError('unavailable', `the storage did not answer in time${why}`)
  }
  return limited(call, { clock, timeoutMs: Math.max(0, timeoutMs), onTimeout })
}
