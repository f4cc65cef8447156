import type { Clock } from '../clock.ts'
import { MqError } from '../errors.ts'
import { refuse } from '../ports/check-values.ts'
import type { Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import { workerOf } from '../ports/worker-of.ts'
import { mergeReplies } from './merge-replies.ts'
import type { PartAnswer } from './merge-replies.ts'
import { inTime, stalled } from './in-time.ts'
import type { PartitionTurns, Unanswered } from './partition-turns.ts'
import { placeOfLease } from './places.ts'
import { definedShare, keepShare } from '../define/shares.ts'
import { portionsOf } from './spread-out.ts'
import type { Portion } from './spread-out.ts'
import { WorkerView } from './worker-view.ts'
import type { LaneView, PartOfTurn } from './worker-view.ts'

/** A hint that nobody here followed in this time, ms, is passed on: another worker may be free. */
const PASS_ON_MS = 30

export interface ClaimsParts {
  readonly clock: Clock
  /** The home of all workers. Default: by their names. */
  readonly begin?: number | undefined
  /** How long a hint waits for whom it came to, ms. */
  readonly passOnMs?: number | undefined
  readonly turns: readonly PartitionTurns[]
  /** Into how many parts limits and bounds are shared out. */
  readonly sharedBy: number
  /** Hints of this partition arrive. */
  readonly hears: (index: number) => boolean
  /** Settlements held this partition, or a key. */
  readonly onHold: (index: number) => Promise<void>
  /** The limits of another definition, from the share of one partition. */
  readonly wholeOf: (share: DefinedLimits) => Promise<DefinedLimits | undefined>
}

interface Failure extends Unanswered {
  readonly part: PartOfTurn
}

/**
 * The turns of workers, over all partitions. A turn settles in each partition that it has leases of, and claims in one
 * after the other until it has what it wants, beginning with those it settles in, and each fourth turn with the next
 * one. Where a claim finds nothing the worker sleeps: once it sleeps in all of them, a hint of any says where to look.
 * So tasks cost no more calls than in one partition, and a worker that sleeps makes two in place of one, however many
 * partitions there are.
 */
export class Claims {
  readonly #parts: ClaimsParts
  readonly #views = new Map<string, WorkerView>()
  /** Hints that nobody followed yet. */
  readonly #unheeded = new Set<number>()

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    const view = this.#viewOf(turn.lane)
    const lane = view.lane(turn.lane)
    if (turn.seq < lane.seq) refuse(`lane ${turn.lane} was answered number ${lane.seq}, so ${turn.seq} is refused`)
    const isAgain = turn.seq === lane.seq
    lane.seq = turn.seq
    const round = new Round(this.#parts, view, lane, turn)
    if (isAgain) await round.again(lane.parts)
    else await round.first((index) => this.#unheeded.delete(index))
    const answers = await round.end()
    if (turn.last) this.#forget(turn.lane, view)
    return mergeReplies(turn, answers, view, {
      now: this.#parts.clock.now(),
      isAway: (index) => this.#parts.turns[index]!.away,
      wholeOf: (share) => this.#wholeInTime(share),
    })
  }

  /** Undefined while a partition does not answer: a later turn says it again. */
  async #wholeInTime(share: DefinedLimits): Promise<DefinedLimits | undefined> {
    try {
      return await inTime(this.#parts.clock, this.#parts.wholeOf(share))
    } catch {
      return undefined // what fails there is reported by the turns
    }
  }

  /** There may be work in a partition. */
  hinted(index: number): void {
    if (this.#views.size === 0) return
    for (const view of this.#views.values()) view.hinted(index)
    if (this.#unheeded.has(index)) return
    this.#unheeded.add(index)
    const { clock, passOnMs = PASS_ON_MS, turns } = this.#parts
    const passOn = (): void => {
      if (this.#unheeded.delete(index)) void turns[index]!.touch()
    }
    if (passOnMs === 0) queueMicrotask(passOn)
    else clock.schedule(passOn, passOnMs)
  }

  /** Hints may have been lost. */
  interrupted(index: number): void {
    for (const view of this.#views.values()) view.hinted(index)
  }

  #viewOf(lane: string): WorkerView {
    const worker = workerOf(lane)
    let view = this.#views.get(worker)
    if (view === undefined)
      this.#views.set(worker, (view = new WorkerView(lane, this.#parts.turns.length, this.#parts.begin)))
    return view
  }

  #forget(lane: string, view: WorkerView): void {
    view.lanes.delete(lane)
    if (view.lanes.size === 0) this.#views.delete(workerOf(lane))
  }
}

/** One turn of a worker. */
class Round {
  readonly #parts: ClaimsParts
  readonly #view: WorkerView
  readonly #lane: LaneView
  readonly #turn: Turn
  readonly #sent: PartOfTurn[] = []
  readonly #answers: PartAnswer[] = []
  readonly #failures: Failure[] = []

  constructor(parts: ClaimsParts, view: WorkerView, lane: LaneView, turn: Turn) {
    this.#parts = parts
    this.#view = view
    this.#lane = lane
    this.#turn = turn
  }

  async first(onAsked: (index: number) => void): Promise<void> {
    const { clock, turns } = this.#parts
    const { last, maxBytes, settlements, suspectFrom, want } = this.#turn
    const of = turns.length
    const portions = portionsOf(settlements, (settlement) => [placeOfLease(settlement.lease, of).index, settlement])
    portions.sort((one, other) => other.items.length - one.items.length)
    const left = new Map(portions.map((portion) => [portion.index, portion]))
    if (want > 0) {
      const isAway = (index: number): boolean => turns[index]!.away
      const settling = portions.map(({ index }) => index)
      let [wanted, bytes] = [want, maxBytes]
      for (const index of this.#view.targets(settling, clock.now(), suspectFrom === undefined, isAway)) {
        if (wanted === 0 || (bytes <= 0 && wanted < want)) break
        onAsked(index)
        const claimed = await this.#ask(index, left.get(index), wanted, Math.max(0, bytes))
        left.delete(index)
        wanted -= claimed.count
        bytes -= claimed.bytes
      }
    }
    const rest = last ? [...new Set([...left.keys(), ...this.#lane.used])] : [...left.keys()]
    if (rest.length + this.#sent.length === 0) rest.push(...this.#emptyTurn())
    await Promise.all(rest.map((index) => this.#ask(index, left.get(index), 0, 0)))
    this.#lane.parts = this.#sent
  }

  /** Its reply was lost: the same parts, under the same number. */
  async again(parts: readonly PartOfTurn[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#send({ ...part, turn: { ...part.turn, repeat: true } })))
  }

  /**
   * What has no answer goes on without this turn where others have one: nothing that was claimed or settled there is
   * kept from the worker. Throws where nobody answers, or all refuse.
   */
  async end(): Promise<readonly PartAnswer[]> {
    const { turns } = this.#parts
    if (this.#failures.length === 0) return this.#answers
    const errors = this.#failures.map(({ error }) => error ?? stalled())
    const closed = errors.find((error) => MqError.is(error, 'closed'))
    if (closed !== undefined) throw closed
    if (this.#answers.length === 0) {
      const isRefused = errors.every((error) => !MqError.is(error, 'unavailable'))
      if (isRefused || !(await this.#othersAnswer())) throw errors[0]
    }
    for (const { part, ...unanswered } of this.#failures) turns[part.index]!.later(unanswered)
    return this.#answers
  }

  async #othersAnswer(): Promise<boolean> {
    const failed = new Set(this.#failures.map(({ part }) => part.index))
    const other = this.#parts.turns.find(({ away, port }) => !away && !failed.has(port.index))
    return other !== undefined && (await other.touch())
  }

  /** It passes on the hints that came here; where there are none, it asks whether the storage answers. */
  #emptyTurn(): readonly number[] {
    const hinted = this.#view.takeHinted()
    return hinted.length > 0 ? hinted : this.#parts.turns.map((_, index) => index)
  }

  async #ask(
    index: number,
    portion: Portion<Settlement> | undefined,
    want: number,
    maxBytes: number,
  ): Promise<{ readonly count: number; readonly bytes: number }> {
    const { hears, sharedBy } = this.#parts
    const turn: Turn = {
      ...this.#turn,
      settlements: portion?.items ?? [],
      want,
      maxBytes,
      awaitWork: this.#turn.awaitWork && want > 0 && hears(index),
      limits: definedShare(this.#turn.limits, index, sharedBy),
      keep: this.#turn.keep && keepShare(this.#turn.keep, sharedBy),
      takesGrant: undefined,
      granted: undefined,
    }
    const reply = await this.#send({ index, turn, positions: portion?.positions ?? [] })
    if (reply === undefined) return { count: 0, bytes: 0 }
    const bytes = reply.claimed.reduce((all, { header, payload }) => all + header.length + payload.length, 0)
    return { count: reply.claimed.length, bytes }
  }

  async #send(part: PartOfTurn): Promise<TurnReply | undefined> {
    const { index, turn } = part
    this.#sent.push(part)
    this.#lane.used.add(index)
    this.#view.asks(index, turn.want)
    const answer = await this.#parts.turns[index]!.send(turn)
    if (!('stale' in answer)) {
      this.#failures.push({ ...answer, part })
      return undefined
    }
    // The others follow as soon as they answer: this turn is known, and waits for none that does not.
    if (turn.settlements.some(holds)) await inTime(this.#parts.clock, this.#parts.onHold(index))
    this.#view.saw(index, turn, answer, this.#parts.clock.now())
    this.#answers.push({ part, reply: answer })
    return answer
  }
}

function holds(settlement: Settlement): boolean {
  return settlement.kind === 'release' && settlement.hold !== undefined
}
