/** Time as core sees it: durations and timers of this process. Instants that processes share are the storage's. */
export interface Clock {
  /** Milliseconds, never stepping back; only differences are meaningful. */
  now(): number
  /** Runs `callback` once after `delayMs`. The timer keeps the process alive until it fires or is cancelled. */
  schedule(callback: () => void, delayMs: number): Timer
}

export interface Timer {
  cancel(): void
}

/** Real time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}
