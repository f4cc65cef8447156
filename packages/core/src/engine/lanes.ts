import { repeatUntilKnown, wasNotSent } from '../storage-calls/repeat.ts'
import { laneName } from '../storage-calls/lane-name.ts'
import type { Services } from '../services/services.ts'
import type { ResolvedKeep } from '../define/keep.ts'
import { MqError, toError } from '../errors.ts'
import { DEFAULT_KEEP } from '../ports/keep.ts'
import type { Keep } from '../ports/keep.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import type { OutcomeLimits, QueueDriver, Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import type { Grants } from './grants.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { Listening } from './listening.ts'
import type { Refusals } from './refusals.ts'
import type { Settler } from './settler.ts'
import type { Ticker } from './ticker.ts'

export interface Lane {
  readonly name: string
  seq: number
}

/** What a turn does besides settling. */
export interface Claim {
  readonly want: number
  readonly maxBytes: number
  /** Suspects are not claimed: the worker holds other tasks, or may be given some. */
  readonly suspectFrom: number | undefined
}

export const NOTHING: Claim = { want: 0, maxBytes: 0, suspectFrom: undefined }

/**
 * How long the end of a lane is sent again, ms: a sleeper that did not look for as long is sent no task any more.
 */
const FORGET_WITHIN_MS = 15_000

export interface LanesParts {
  readonly queue: string
  readonly driver: Pick<QueueDriver, 'settleAndClaim'>
  readonly services: Services
  readonly leaseMs: number
  readonly keep: ResolvedKeep
  readonly outcomes: OutcomeLimits | undefined
  readonly limits: DefinedLimits | undefined
  readonly grants: Grants
  readonly keeper: LeaseKeeper
  readonly listening: Listening
  readonly refusals: Refusals
  readonly settler: Settler
  readonly ticker: Ticker
}

/**
 * The lanes on which turns are sent. There are two, so that one turn is under way while the reply of the other is
 * processed. A turn whose reply is lost is repeated under its number until its outcome is known: so a settlement is
 * committed once, and a claim is not lost with its reply.
 */
export class Lanes {
  readonly #parts: LanesParts
  /** Their common name, which no other worker has. */
  readonly worker: string = laneName()
  readonly #lanes: readonly Lane[]
  readonly #free: Lane[]
  readonly #keepResults: boolean
  readonly #keep: Keep
  readonly #givenUp = new WeakSet<Error>()
  #count = 0
  #windingDown = false
  #ended = false
  #onIdle: (() => void)[] = []

  constructor(parts: LanesParts) {
    this.#parts = parts
    const { dead, results } = parts.keep
    this.#keepResults = results !== false
    this.#keep = { dead, results: results || DEFAULT_KEEP.results }
    this.#lanes = [0, 1].map((lane) => ({ name: `${this.worker}.${lane}`, seq: 0 }))
    this.#free = [...this.#lanes]
  }

  /** How many turns have begun: the number of the newest one. */
  get count(): number {
    return this.#count
  }

  /** No turn is under way. */
  get idle(): boolean {
    return this.#free.length === this.#lanes.length
  }

  /** A turn can go out. */
  get open(): boolean {
    return this.#free.length > 0 && !this.#ended
  }

  /** Nothing will be claimed any more. */
  get closing(): boolean {
    return this.#windingDown || this.#ended
  }

  /** While `open`. */
  take(): Lane {
    this.#count++
    return this.#free.pop()!
  }

  free(lane: Lane): void {
    this.#free.push(lane)
    if (this.idle || this.#ended) this.#wakeIdle()
    this.#parts.ticker.kick()
  }

  /** The next turn of the lane. */
  next(lane: Lane, settlements: readonly Settlement[], { want, maxBytes, suspectFrom }: Claim): Turn {
    const { grants, leaseMs, listening, limits, outcomes } = this.#parts
    // The first turn of a lane defines them. A worker does so once, when it begins: later a newer one may have.
    const isToDefine = lane.seq > 0 || this.#lanes.every(({ seq }) => seq === 0)
    return {
      lane: lane.name,
      seq: ++lane.seq,
      repeat: false,
      settlements,
      want,
      maxBytes,
      suspectFrom,
      leaseMs,
      keepResults: this.#keepResults,
      keep: this.#keep,
      outcomes,
      limits: isToDefine ? limits : undefined,
      awaitWork: want > 0 && listening.live,
      takesGrant: want > 0 && grants.wanted,
      granted: grants.newest,
    }
  }

  /** The first try. */
  send(turn: Turn): Promise<TurnReply> {
    return this.#parts.driver.settleAndClaim(turn)
  }

  /**
   * The first try ended with `failure`: repeats the turn until its outcome is known. Returns the reply, or the error if
   * nothing was done.
   */
  async untilKnown(turn: Turn, failure: unknown): Promise<TurnReply | Error> {
    const { driver, services, keeper, refusals } = this.#parts
    let sent = !wasNotSent(failure)
    const call = async (tries: number): Promise<TurnReply> => {
      if (tries === 0) throw failure
      const senseless = this.#ended || (this.#windingDown && !sent && turn.settlements.length === 0)
      if (senseless) {
        const error = closed()
        this.#givenUp.add(error)
        throw error
      }
      try {
        return await driver.settleAndClaim({ ...turn, repeat: true })
      } catch (error) {
        sent ||= !wasNotSent(error)
        throw error
      }
    }
    try {
      return await repeatUntilKnown(services, call, {
        timeoutMs: Number.POSITIVE_INFINITY,
        // Otherwise other workers would take what this worker still runs.
        before: () => keeper.extendAll(),
        hurry: () => refusals.hurry,
      })
    } catch (thrown) {
      return toError(thrown)
    }
  }

  /** Nothing will be claimed any more: a turn that settles nothing and was never sent is given up. */
  windDown(): void {
    this.#windingDown = true
    this.#parts.refusals.tryNow()
    this.#parts.ticker.kick()
  }

  /** Whether a turn ended with this error because this worker no longer wanted it. */
  gaveUp(error: Error): boolean {
    return this.#givenUp.has(error)
  }

  /** After `windDown`. */
  resume(): void {
    this.#windingDown = false
    this.#wakeIdle()
    this.#parts.ticker.kick()
  }

  /** After `windDown`: resolves when nothing waits to be settled and no turn is under way, or with `resume`. */
  async drain(): Promise<void> {
    const { settler, ticker } = this.#parts
    while (this.#windingDown && !this.#ended && !(this.idle && settler.settled)) {
      ticker.kick()
      await new Promise<void>((resolve) => this.#onIdle.push(resolve))
    }
  }

  /** No further turn; those under way are no longer repeated. */
  end(): void {
    this.#ended = true
    this.#parts.ticker.end()
    this.#parts.refusals.tryNow()
    this.#wakeIdle()
  }

  /**
   * Ends the lanes, so that the storage can forget them now; without this call it forgets them later, and may send them
   * a task until then. Only after `drain`.
   */
  async forget(): Promise<void> {
    this.#parts.grants.close()
    for (const lane of this.#lanes.filter((used) => used.seq > 0)) await this.#forget(lane)
  }

  async #forget(lane: Lane): Promise<void> {
    const { driver, services, queue } = this.#parts
    const turn: Turn = { ...this.next(lane, [], NOTHING), last: true }
    const call = async (tries: number): Promise<TurnReply> => {
      if (services.closed.aborted) throw closed()
      return driver.settleAndClaim({ ...turn, repeat: tries > 0 })
    }
    try {
      await repeatUntilKnown(services, call, { timeoutMs: FORGET_WITHIN_MS })
    } catch (thrown) {
      services.logger.debug({ queue, err: thrown }, 'the end of a lane did not reach the storage')
    }
  }

  #wakeIdle(): void {
    const waiting = this.#onIdle
    this.#onIdle = []
    for (const wake of waiting) wake()
  }
}

/** The worker is closed, or will be soon. */
export function closed(): MqError {
  return new MqError('closed', 'the worker is closed, or closes')
}
