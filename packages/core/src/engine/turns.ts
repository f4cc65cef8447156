import { repeatUntilKnown, wasNotSent } from '../storage-calls/repeat.ts'
import { uniqueName } from '../services/services.ts'
import type { Services } from '../services/services.ts'
import type { ResolvedKeep } from '../define/keep.ts'
import { MqError, toError } from '../errors.ts'
import { DEFAULT_KEEP } from '../ports/keep.ts'
import type { Keep } from '../ports/keep.ts'
import type { QueueDriver, Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import { Answers } from './answers.ts'
import { Refusals } from './refusals.ts'
import type { Settler } from './settler.ts'
import type { ReadyOptions } from './worker.ts'

interface Lane {
  readonly name: string
  seq: number
}

/** What a turn shall do besides settling. */
export interface Claim {
  readonly want: number
  readonly maxBytes: number
  /** Suspects are left: the worker holds other tasks, or may be given some. */
  readonly suspectFrom: number | undefined
}

export interface TurnsParts {
  readonly queue: string
  readonly driver: Pick<QueueDriver, 'settleAndClaim'>
  readonly services: Services
  readonly settler: Settler
  readonly leaseMs: number
  readonly keep: ResolvedKeep
  readonly isLive: () => boolean
  /** A turn of the event loop after something changed, whether a lane is free or not. */
  readonly onTick: () => void
  /** The next turn, or nothing to do now. Called once per free lane and tick. */
  readonly plan: () => Claim | undefined
  readonly onSent: (claim: Claim) => void
  /** `turn`: its number, from 1. */
  readonly onReply: (
    turn: number,
    claim: Claim,
    settlements: readonly Settlement[],
    reply: TurnReply,
    sentAt: number,
  ) => void
  readonly onRefused: (claim: Claim) => void
  /** A sleeping worker shall claim now. */
  readonly tryAgain: () => void
  /** After an outage, before a turn is repeated. */
  readonly afterOutage: () => Promise<void>
}

/**
 * Makes the turns: each settles what waits and claims what is wanted, in one round trip. Two lanes, so that one turn is
 * under way while the reply of the other is worked on. A turn whose reply is lost is repeated under its number until it is
 * known: a settlement is committed once, and a claim is not lost with its reply.
 */
export class Turns {
  readonly #parts: TurnsParts
  readonly #free: Lane[]
  readonly #lanes: readonly Lane[]
  readonly #keepResults: boolean
  readonly #keep: Keep
  #scheduled = false
  #windingDown = false
  #ended = false
  readonly #refusals: Refusals
  #onIdle: (() => void)[] = []
  readonly #answers = new Answers()
  count = 0

  constructor(parts: TurnsParts) {
    this.#parts = parts
    this.#refusals = new Refusals(parts.queue, parts.services)
    const { dead, results } = parts.keep
    this.#keepResults = results !== false
    this.#keep = { dead, results: results || DEFAULT_KEEP.results }
    const name = uniqueName()
    this.#lanes = [0, 1].map((lane) => ({ name: `${name}.${lane}`, seq: 0 }))
    this.#free = [...this.#lanes]
  }

  /** No turn is under way. */
  get idle(): boolean {
    return this.#free.length === this.#lanes.length
  }

  /** Looks at the plan at the end of this turn of the event loop. */
  kick(): void {
    if (this.#scheduled || this.#ended) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#parts.onTick()
      this.#begin()
    })
  }

  /**
   * Resolves when the storage answers a turn that begins from now on. It claims if it has room, since a claim may be refused where other
   * calls are not; with its hands full an empty turn asks.
   */
  async answer(options: ReadyOptions): Promise<void> {
    if (this.#windingDown || this.#ended) throw closed()
    if (this.#refusals.pausedBy) throw this.#refusals.pausedBy
    this.#parts.tryAgain()
    const answer = this.#answers.wait(this.count, this.#parts.services.clock, options)
    this.kick()
    await answer
  }

  /** Nothing will be claimed any more: a turn that settles nothing and never left is given up. */
  windDown(): void {
    this.#windingDown = true
    this.#answers.refused(closed())
    this.#refusals.tryNow()
  }

  /** Resolves when nothing waits to be settled and no turn is under way. */
  async drain(): Promise<void> {
    while (!this.#ended && !(this.idle && this.#parts.settler.settled)) {
      this.kick()
      await new Promise<void>((resolve) => this.#onIdle.push(resolve))
    }
  }

  /** No further turn; those under way are no longer repeated. */
  end(): void {
    this.#ended = true
    this.#refusals.tryNow()
    this.#wakeIdle()
  }

  /** The lanes end, so that the storage can forget them now; what it does not hear it forgets in time. Only after `drain`. */
  async forget(): Promise<void> {
    const { driver, services, queue } = this.#parts
    for (const lane of this.#lanes.filter((used) => used.seq > 0)) {
      try {
        await driver.settleAndClaim({ ...this.#turn(lane, [], NOTHING), last: true })
      } catch (thrown) {
        services.logger.debug({ queue, err: thrown }, 'the end of a lane did not reach the storage')
      }
    }
  }

  #begin(): void {
    const { plan, settler, onSent } = this.#parts
    while (!this.#ended && this.#free.length > 0) {
      const claim = plan() ?? (this.#answers.wanted && this.idle ? NOTHING : undefined)
      if (claim === undefined) return
      const lane = this.#free.pop()!
      onSent(claim)
      void this.#run(lane, claim, settler.take())
    }
  }

  async #run(lane: Lane, claim: Claim, settlements: readonly Settlement[]): Promise<void> {
    const { settler, services, onReply } = this.#parts
    const turn = ++this.count
    const sentAt = services.clock.now()
    let reply: TurnReply | undefined
    try {
      reply = await this.#untilKnown(this.#turn(lane, settlements, claim))
    } catch (thrown) {
      await this.#refused(claim, settlements, toError(thrown))
    }
    if (reply !== undefined) {
      if (claim !== NOTHING) this.#refusals.over()
      if (this.#refusals.last === undefined) this.#answers.came(turn)
      else this.#answers.refused(this.#refusals.last)
      settler.confirmed(settlements)
      onReply(turn, claim, settlements, reply, sentAt)
    }
    this.#free.push(lane)
    if (this.idle || this.#ended) this.#wakeIdle()
    this.kick()
  }

  /** Nothing was done: the settlements go back. */
  async #refused(claim: Claim, settlements: readonly Settlement[], error: Error): Promise<void> {
    const { settler, onRefused } = this.#parts
    settler.giveBack(settlements)
    onRefused(claim)
    this.#answers.refused(error)
    if (!MqError.is(error, 'closed')) await this.#refusals.came(error)
    // The storage is closed, or this worker is: there is nobody left to settle with.
    else if (!this.#windingDown) this.#ended = true
  }

  #turn(lane: Lane, settlements: readonly Settlement[], claim: Claim): Turn {
    const { leaseMs, isLive } = this.#parts
    const awaitWork = claim.want > 0 && isLive()
    const [keepResults, keep] = [this.#keepResults, this.#keep]
    return {
      lane: lane.name,
      seq: ++lane.seq,
      repeat: false,
      settlements,
      ...claim,
      leaseMs,
      keepResults,
      keep,
      awaitWork,
    }
  }

  #untilKnown(turn: Turn): Promise<TurnReply> {
    const { driver, services, afterOutage } = this.#parts
    let sent = false
    const call = async (tries: number): Promise<TurnReply> => {
      const senseless = this.#ended || (this.#windingDown && !sent && turn.settlements.length === 0)
      if (tries > 0 && senseless) throw closed()
      try {
        return await driver.settleAndClaim(tries === 0 ? turn : { ...turn, repeat: true })
      } catch (error) {
        sent ||= !wasNotSent(error)
        throw error
      }
    }
    const timeoutMs = Number.POSITIVE_INFINITY
    return repeatUntilKnown(services, call, { timeoutMs, before: afterOutage, hurry: () => this.#refusals.hurry })
  }

  #wakeIdle(): void {
    const waiting = this.#onIdle
    this.#onIdle = []
    for (const wake of waiting) wake()
  }
}

const NOTHING: Claim = { want: 0, maxBytes: 0, suspectFrom: undefined }

function closed(): MqError {
  return new MqError('closed', 'the worker is closed, or closes')
}
