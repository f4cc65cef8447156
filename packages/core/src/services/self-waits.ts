import type { Timer } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import type { Environment } from '../ports/adapter.ts'
import type { QueueStats } from '../ports/queue-admin.ts'
import { isInsideHandler } from '../handler/inside-handler.ts'

/** A worker as it is seen by this check. */
export interface WatchedWorker {
  readonly queue: string
  readonly concurrency: number
  /** Tasks whose handlers count as running. */
  readonly active: number
  /** Handlers that count as running: fewer where one runs a batch. */
  readonly taken: number
  /** Changes with each handler that begins or ends. */
  readonly moves: number
}

interface Waiting {
  /** Waits by handlers of this queue for its tasks, or for room in it. */
  waits: number
  moves: number
  /** Since when no handler began or ended here. */
  since: number
  /** The counts of the storage at the last check, and since when they have not changed. */
  counted: QueueStats | undefined
  countedSince: number
  reported: Stillness | undefined
  timer: Timer | undefined
  readonly stats: () => Promise<QueueStats>
}

/**
 * Whether a queue is stuck: `surely` when no other worker processes it; `maybe` when others run tasks of it, which may
 * wait as well.
 */
export type Stillness = 'surely' | 'maybe'

const STILL_AFTER_MS = 1_000
/** Other workers run tasks of the queue. This process cannot know whether those wait too, or just take long. */
const STILL_BESIDE_OTHERS_MS = 60_000
const NOTHING = (): void => undefined

/**
 * Finds workers that are stuck for ever: every slot waits for the result of a task of its own queue, or for room in it,
 * and no other worker processes that queue. A wait counts when it is made inside a handler while handlers of no other
 * queue run here. When other workers run tasks of the queue it is not certain (two processes can wait for each other; a
 * long handler looks the same from here), so a possible self-wait is only logged, after a minute in which no task of
 * the queue was claimed or ended anywhere.
 */
export class SelfWaits {
  readonly #services: Environment
  readonly #workers = new Set<WatchedWorker>()
  readonly #waiting = new Map<string, Waiting>()

  constructor(services: Environment) {
    this.#services = services
  }

  add(worker: WatchedWorker): void {
    this.#workers.add(worker)
  }

  remove(worker: WatchedWorker): void {
    this.#workers.delete(worker)
  }

  /** Whether workers of this queue are stuck, as was reported or logged. */
  stillness(queue: string): Stillness | undefined {
    return this.#waiting.get(queue)?.reported
  }

  /** A wait for something of `queue` begins; the function returned ends it. */
  begin(queue: string, stats: () => Promise<QueueStats>): () => void {
    if (!this.#isOnlyBusy(queue) || !isInsideHandler()) return NOTHING
    const { moves } = this.#crewOf(queue)
    const since = this.#services.clock.now()
    const waiting = this.#waiting.get(queue) ?? {
      waits: 0,
      moves,
      since,
      counted: undefined,
      countedSince: since,
      reported: undefined,
      timer: undefined,
      stats,
    }
    this.#waiting.set(queue, waiting)
    waiting.waits++
    this.#follow(waiting, moves)
    waiting.timer ??= this.#arm(queue, waiting)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      if (--waiting.waits > 0) return
      waiting.timer?.cancel()
      this.#waiting.delete(queue)
    }
  }

  /** Handlers of this queue run here, and of no other. */
  #isOnlyBusy(queue: string): boolean {
    let isBusy = false
    for (const { queue: other, active } of this.#workers) {
      if (active === 0) continue
      if (other !== queue) return false
      isBusy = true
    }
    return isBusy
  }

  #arm(queue: string, waiting: Waiting): Timer {
    const { clock } = this.#services
    const leftMs = waiting.since + STILL_AFTER_MS - clock.now()
    return clock.schedule(
      () => {
        void this.#look(queue, waiting).finally(() => {
          if (this.#waiting.get(queue) === waiting) waiting.timer = this.#arm(queue, waiting)
        })
      },
      leftMs > 0 ? leftMs : STILL_AFTER_MS,
    )
  }

  /** Returns false when a task was claimed or ended. */
  #follow(waiting: Waiting, moves: number): boolean {
    if (moves === waiting.moves) return true
    waiting.moves = moves
    waiting.since = this.#services.clock.now()
    waiting.counted = undefined
    waiting.reported = undefined
    return false
  }

  async #look(queue: string, waiting: Waiting): Promise<void> {
    const { slots, active, taken, moves } = this.#crewOf(queue)
    if (!this.#follow(waiting, moves)) return
    if (waiting.reported === 'surely' || this.#services.clock.now() - waiting.since < STILL_AFTER_MS) return
    if (taken < slots || waiting.waits < slots) return
    let counted: QueueStats
    try {
      counted = await waiting.stats()
    } catch (thrown) {
      this.#services.logger.debug({ queue, err: toError(thrown) }, 'could not read which workers a queue has')
      return
    }
    if (this.#crewOf(queue).moves !== moves) return
    const now = this.#services.clock.now()
    if (counted.paused || hasMoved(waiting.counted, counted)) {
      waiting.countedSince = now
      waiting.reported = undefined
    }
    waiting.counted = counted
    if (counted.paused) return
    // A process that runs other handlers may also run the tasks that these wait for.
    const elsewhere = Math.max(0, counted.running - active)
    if (elsewhere === 0) this.#report(queue, slots, waiting)
    else if (waiting.reported === undefined && now - waiting.countedSince >= STILL_BESIDE_OTHERS_MS) {
      waiting.reported = 'maybe'
      const message =
        `queue ${queue}: all ${slots} slots of the worker here wait for tasks of this queue, or for room in it, and for a minute no task ` +
        `of it was claimed or has ended. Other workers run ${elsewhere} of its tasks: if those wait as well, the queue is stuck for ever. ${ADVICE}`
      this.#services.logger.warn({ queue, slots, waits: waiting.waits, elsewhere }, message)
    }
  }

  #report(queue: string, slots: number, waiting: Waiting): void {
    waiting.reported = 'surely'
    const message = `queue ${queue} is stuck: all ${slots} slots of its only worker wait for tasks of this queue, or for room in it. ${ADVICE}`
    this.#services.logger.error({ queue, slots, waits: waiting.waits }, message)
    this.#services.onError(new MqError('self-wait', message, { details: { queue, slots } }))
  }

  #crewOf(queue: string): Record<'slots' | 'active' | 'taken' | 'moves', number> {
    let [slots, active, taken, moves] = [0, 0, 0, 0]
    for (const worker of this.#workers) {
      if (worker.queue !== queue) continue
      slots += worker.concurrency
      active += worker.active
      taken += worker.taken
      moves += worker.moves
    }
    return { slots, active, taken, moves }
  }
}

const ADVICE =
  'Give the tasks that others wait for a queue and a worker of their own, or let the handler end without waiting'

/** Whether a task was claimed or ended, as far as the counts show it; more waiting tasks do not count. */
function hasMoved(before: QueueStats | undefined, now: QueueStats): boolean {
  if (before === undefined) return true
  return now.running !== before.running || now.waiting < before.waiting || now.dead !== before.dead
}
