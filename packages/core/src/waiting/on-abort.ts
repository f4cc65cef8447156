const NOTHING = (): void => undefined

interface Waiters {
  readonly acts: Set<() => void>
  readonly end: () => void
}

/** One listener on each signal, for any number of waiters: from the eleventh on, Node calls them a leak. */
const waitersOf = new WeakMap<AbortSignal, Waiters>()

/** Calls `act` once when the signal aborts; never when it has aborted already. Returns a function that withdraws it. */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined || signal.aborted) return NOTHING
  const { acts, end } = waitersOf.get(signal) ?? listen(signal)
  // The same function added twice is called twice.
  const waiter = (): void => act()
  acts.add(waiter)
  return () => {
    if (acts.delete(waiter) && acts.size === 0) end()
  }
}

function listen(signal: AbortSignal): Waiters {
  const acts = new Set<() => void>()
  const tellAll = (): void => {
    waitersOf.delete(signal)
    for (const act of acts) act()
  }
  const end = (): void => {
    waitersOf.delete(signal)
    signal.removeEventListener('abort', tellAll)
  }
  const waiters = { acts, end }
  waitersOf.set(signal, waiters)
  signal.addEventListener('abort', tellAll, { once: true })
  return waiters
}
