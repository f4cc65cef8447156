import type { Services } from '../services/services.ts'
import { taskEvents } from '../services/task-events.ts'
import { MqError } from '../errors.ts'
import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import type { Answers } from './answers.ts'
import type { Buffer } from './buffer.ts'
import type { Claimer } from './claimer.ts'
import type { Executor } from './executor.ts'
import type { Gate } from './gate.ts'
import type { Grants } from './grants.ts'
import { heldOf } from './held.ts'
import type { Held } from './held.ts'
import type { Isolation } from './isolation.ts'
import { NOTHING } from './lanes.ts'
import type { Claim, Lanes } from './lanes.ts'
import type { LeaseKeeper } from './lease-keeper.ts'
import type { PassOn } from './pass-on.ts'
import type { Refusals } from './refusals.ts'
import type { Relayer } from './relayer.ts'
import type { Returns } from './returns.ts'
import { outcomeOf, publishUnrun } from './run-events.ts'
import type { Settler } from './settler.ts'
import type { Tally } from './tally.ts'
import type { Looker, Ticker } from './ticker.ts'
import { SUSPECT_AT, triage } from './triage.ts'
import type { TurnReports } from './turn-reports.ts'
import type { WaitGuard } from './wait-guard.ts'

/** While tasks wait in the buffer, a turn waits for a portion, or half of a full load; but no more ticks than this. */
const PATIENCE_TICKS = 8

/** The empty turn that passes a hint on: it reached this worker only, which claims nothing. */
const PASS_ON: Claim = { want: 0, maxBytes: 0, suspectFrom: SUSPECT_AT }

export interface TurnLoopParts {
  readonly queue: string
  readonly services: Services
  readonly leaseMs: number
  readonly answers: Answers
  readonly buffer: Buffer
  readonly claimer: Claimer
  readonly executor: Executor
  readonly gate: Gate
  readonly grants: Grants
  readonly isolation: Isolation
  readonly keeper: LeaseKeeper
  readonly lanes: Lanes
  readonly passOn: PassOn
  readonly refusals: Refusals
  readonly relayer: Relayer
  readonly reports: TurnReports
  readonly returns: Returns
  readonly settler: Settler
  readonly tally: Tally
  readonly ticker: Ticker
  readonly wait: WaitGuard
}

/**
 * The way of a task from the storage into a slot: plan → take → send → admit → start. Each turn settles what waits and
 * claims what is wanted, in one round trip. Why a task does not run can be read here, from above:
 *
 * - `#plan` asks for none: the worker is closed, sleeps until a hint or its next look, is full, or `Isolation` keeps it
 * free for a suspect;
 * - the hint of a new task did not arrive, or late: the next turn brings it (`receive`);
 * - `#send` has no answer: the storage is away (the turn is repeated), or refuses it (reported, and asked again after a
 * second);
 * - `#admit` lets it not in: it was cancelled, its time or its crashes ran out, or it is a suspect and this worker is
 * not empty;
 * - `#start` gives it back: the queue was paused meanwhile, or the worker is quiet; or it waits in the buffer for a
 * slot.
 *
 * From there on it is `Executor`'s, which starts it in a slot.
 */
export class TurnLoop implements Looker {
  readonly #parts: TurnLoopParts
  #patience = 0

  constructor(parts: TurnLoopParts) {
    this.#parts = parts
  }

  /** In a turn of the event loop something changed. */
  tick(): void {
    const { answers, claimer, executor, lanes, settler } = this.#parts
    executor.starter.tick()
    while (lanes.open) {
      const claim = this.#plan() ?? (answers.wanted && lanes.idle ? NOTHING : undefined)
      if (claim === undefined) return
      claimer.asked(claim.want)
      void this.#send(claim, settler.take())
    }
  }

  /** What the next turn shall do; undefined when there is nothing to do, or not yet. */
  #plan(): Claim | undefined {
    const { buffer, claimer, gate, isolation, lanes, passOn, settler, ticker } = this.#parts
    const { size } = settler
    if (size > 0) claimer.ending()
    const want = isolation.want()
    if (lanes.idle) gate.noneUnderWay()
    if (want === 0 && size === 0) return passOn.due() ? PASS_ON : undefined
    if (buffer.size > 0) {
      const worthwhile = Math.min(claimer.target / 2, claimer.portion)
      if (want < worthwhile && size < worthwhile && this.#patience++ < PATIENCE_TICKS) {
        ticker.kick()
        return undefined
      }
    }
    this.#patience = 0
    if (want > 0) passOn.heeded()
    return { want, maxBytes: claimer.maxBytes, suspectFrom: isolation.looking ? undefined : SUSPECT_AT }
  }

  async #send(claim: Claim, settlements: readonly Settlement[]): Promise<void> {
    const { claimer, lanes, services } = this.#parts
    const lane = lanes.take()
    const number = lanes.count
    const turn = lanes.next(lane, settlements, claim)
    const sentAt = services.clock.now()
    let reply: TurnReply | Error
    try {
      reply = await lanes.send(turn)
    } catch (thrown) {
      reply = await lanes.untilKnown(turn, thrown)
    }
    if (reply instanceof Error) await this.#refused(claim, settlements, reply)
    else {
      // A turn is under way until what it brought is held: nobody claims in its place, or closes without it.
      const prolonged = this.#answered(number, claim, turn, reply, sentAt)
      if (prolonged !== undefined) await prolonged
      claimer.answered(claim.want, reply.claimed, reply)
    }
    lanes.free(lane)
  }

  /** Nothing was done: the settlements go back. */
  async #refused(claim: Claim, settlements: readonly Settlement[], error: Error): Promise<void> {
    const { answers, claimer, isolation, lanes, refusals, settler } = this.#parts
    settler.giveBack(settlements)
    claimer.refused(claim.want)
    isolation.refused(claim)
    answers.refused(error)
    if (!MqError.is(error, 'closed')) await refusals.came(error)
    // The storage is closed: nobody is left to settle with. A closing worker gives up only turns without settlements.
    else if (!lanes.gaveUp(error) && (!lanes.closing || settlements.length > 0)) lanes.end()
  }

  /** Answers when what it brought is started, if that is not yet. */
  #answered(
    number: number,
    claim: Claim,
    { settlements, granted: named }: Turn,
    reply: TurnReply,
    sentAt: number,
  ): Promise<void> | undefined {
    const { answers, gate, grants, isolation, keeper, refusals, relayer, reports, settler } = this.#parts
    if (claim !== NOTHING) refusals.over()
    if (refusals.last === undefined) answers.came(number)
    else answers.refused(refusals.last)
    settler.confirmed(settlements)
    for (const settlement of settlements) keeper.release(settlement.lease)
    reports.add(reply)
    if (reply.chores) relayer.notice()
    gate.answered(number, reply.paused === true)
    isolation.answered(claim, reply.claimed.length, reply.suspects === true)
    grants.answered(reply, sentAt)
    let claimed = grants.newOf(reply, named, (lease) => keeper.get(lease) !== undefined)
    const [first] = claimed
    if (first !== undefined && first.lease === reply.granted && this.#givenBack(first)) claimed = claimed.slice(1)
    return claimed.length > 0 ? this.#admit(number, claimed, sentAt) : undefined
  }

  /**
   * A task came with a hint: it takes the same way as if a turn had claimed it. No turn asked for it, so no pause was
   * before it.
   */
  receive(task: ClaimedTask): void {
    const { claimer, grants, ticker } = this.#parts
    if (grants.isLate(task)) {
      claimer.wake()
      return ticker.kick()
    }
    if (!grants.arrives(task.lease) || this.#givenBack(task)) return
    claimer.received()
    void this.#admit(Number.POSITIVE_INFINITY, [task], grants.givenAt(task), grants.leaseMs)
  }

  /** A suspect runs alone, and a grant was not asked for beside it. */
  #givenBack(task: ClaimedTask): boolean {
    const { isolation, returns } = this.#parts
    if (isolation.claimsNothing) returns.release(heldOf(task))
    return isolation.claimsNothing
  }

  /** What becomes of each claimed task: it is run among others, run alone, given back, or ended unrun. */
  #admit(
    number: number,
    claimed: readonly ClaimedTask[],
    sentAt: number,
    leaseMs: number = this.#parts.leaseMs,
  ): Promise<void> | undefined {
    const { gate, isolation, keeper, returns, services } = this.#parts
    const toRun: Held[] = []
    for (const task of claimed) {
      if (gate.wasCancelled(task.lease)) continue
      const held = heldOf(task)
      keeper.hold(held, sentAt, leaseMs)
      const verdict = gate.quiet ? 'run' : triage(held)
      if (verdict === 'run') toRun.push(held)
      else if (verdict !== 'alone') this.#endUnrun(held, verdict)
      else if (gate.isShutFor(number) || !isolation.admit(held, keeper.size)) returns.release(held)
    }
    // The leases run since the turn was first sent: after an outage they may be nearly over, or have gone to others.
    const ageMs = services.clock.now() - sentAt
    const extended = ageMs > leaseMs / 6 ? keeper.extendAll() : undefined
    if (extended && ageMs > leaseMs / 2) return extended.then(() => this.#start(number, toRun))
    this.#start(number, toRun)
    return undefined
  }

  #endUnrun(held: Held, settlement: Settlement): void {
    const { queue, services, settler, tally } = this.#parts
    const reason = settlement.kind === 'bury' ? settlement.reason : settlement.kind
    const { n, crashes } = held.task
    services.logger.warn({ queue, n, reason, crashes }, 'a task ends without being run')
    tally.endedUnrun(settlement)
    if (taskEvents.end.hasSubscribers) publishUnrun(held, queue, outcomeOf(settlement))
    settler.add(settlement)
  }

  /** Into the buffer, and as many as there are slots out of it. */
  #start(number: number, toRun: readonly Held[]): void {
    const { buffer, executor, gate, keeper, returns, services, ticker, wait } = this.#parts
    const now = services.clock.now()
    const isShut = gate.isShutFor(number)
    for (const held of toRun) {
      if (isShut) returns.release(held)
      else if (!held.gone) {
        held.bufferedAt = now
        buffer.push(held)
      }
    }
    executor.starter.run()
    keeper.watch()
    wait.watch()
    ticker.kick()
  }
}
