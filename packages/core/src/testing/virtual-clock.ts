import type { Clock, Timer } from '../clock.ts'

/** A clock that stands still until `advance` or `jump` moves it. */
export interface VirtualClock extends Clock {
  /**
   * Lets `ms` milliseconds pass at once: every timer that falls due runs at its time, in order, and what it sets off
   * (promises, `setImmediate`) runs before the next one. Resolves when the time is reached and things have come to
   * rest. Calls that overlap pass one after the other. A timer that throws rejects the call; the time then stands at
   * that timer.
   */
  advance(ms: number): Promise<void>
  /**
   * As `advance`, but as in a process that was suspended meanwhile: timers that fell due run at the end, late, and a
   * repeated one runs once.
   */
  jump(ms: number): Promise<void>
  /** Until the next timer, ms; undefined when none is set. */
  readonly nextInMs: number | undefined
}

export interface VirtualClockOptions {
  /** What `now()` says at first, ms. Default 0. */
  readonly startMs?: number | undefined
}

interface Entry {
  readonly callback: () => void
  readonly at: number
}

/**
 * Work goes from step to step in turns of the event loop; after this many turns it has come to rest, or waits for time.
 */
const MOST_TURNS = 32
/** After this many turns in a row in which nothing else had anything to do, it has come to rest too. */
const QUIET_TURNS = 8

/**
 * Time for tests. Give it to `createBroker` as `clock`, with the memory adapter, and let hours pass with `advance`.
 * Throws a TypeError when `startMs` is not a number.
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  let time = checkTime('startMs', options.startMs ?? 0)
  let advancing: Promise<void> = Promise.resolve()
  /** By time, and first set, first run among those of one time. */
  const timers: Entry[] = []

  const schedule = (callback: () => void, delayMs: number): Timer => {
    // As Node does it: a timer takes 1 ms at the least, so that no chain of timers keeps the time from passing.
    const entry: Entry = { callback, at: time + (delayMs >= 1 ? delayMs : 1) }
    let place = timers.length
    while (place > 0 && timers[place - 1]!.at > entry.at) place--
    timers.splice(place, 0, entry)
    return {
      cancel() {
        const index = timers.indexOf(entry)
        if (index >= 0) timers.splice(index, 1)
      },
    }
  }

  const pass = async (ms: number): Promise<void> => {
    const until = time + ms
    await rest()
    for (let next = timers[0]; next && next.at <= until; next = timers[0]) {
      time = Math.max(time, next.at)
      // One by one, since one may cancel the next.
      while (timers[0] !== undefined && timers[0].at <= time) timers.shift()!.callback()
      await rest()
    }
    time = until
  }

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const passed = advancing.then(work)
    advancing = passed.catch(() => undefined)
    return passed
  }

  return {
    now: () => time,
    schedule,
    advance: (ms) => inTurn(() => pass(checkTime('advance', ms))),
    jump: (ms) =>
      inTurn(async () => {
        await rest()
        time += checkTime('jump', ms)
        await pass(0)
      }),
    get nextInMs() {
      return timers[0] && Math.max(0, timers[0].at - time)
    },
  }
}

function checkTime(what: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms
  throw new TypeError(`${what} takes a number of milliseconds from 0 on, not ${String(ms)}`)
}

function rest(): Promise<void> {
  return new Promise((resolve) => {
    let [turns, quiet] = [0, 0]
    const turn = (): void => {
      quiet = isBusy() ? 0 : quiet + 1
      if (++turns === MOST_TURNS || quiet === QUIET_TURNS) resolve()
      else setImmediate(turn)
    }
    setImmediate(turn)
  })
}

/** Whether this turn or the next one has something to do, or a file is being read. Where nobody can say: yes. */
function isBusy(): boolean {
  const resources = globalThis.process?.getActiveResourcesInfo?.()
  return resources?.some((resource) => resource === 'Immediate' || resource.startsWith('FSReq')) ?? true
}
