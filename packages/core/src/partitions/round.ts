import type { Clock } from '../clock.ts'
import { definedShare, keepShare } from '../define/shares.ts'
import { MqError } from '../errors.ts'
import type { MqErrorCode } from '../errors.ts'
import type { Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import { inTime, stalled } from './in-time.ts'
import type { Marks } from './marks.ts'
import type { PartAnswer } from './merge-replies.ts'
import type { Unanswered } from './partition-turns.ts'
import type { Partitions } from './partitions.ts'
import { portionsOf } from './spread-out.ts'
import type { Portion } from './spread-out.ts'
import type { TurnsByPlace } from './turns-by-place.ts'
import type { LaneView, PartOfTurn, WorkerView } from './worker-view.ts'

export interface RoundParts {
  readonly clock: Clock
  readonly turns: TurnsByPlace
  readonly partitions: Partitions
  readonly marks: Marks
  /** Into how many parts limits and bounds are shared out. Default: as many as there are of a generation. */
  readonly sharedBy: number | undefined
  /** Hints of this partition arrive. */
  readonly hears: (index: number) => boolean
  /** Settlements held this partition, or a key. */
  readonly onHold: (index: number) => Promise<void>
}

/** What a partition answers because of what became of it, and not of what it was asked. */
const OF_STORAGE: readonly MqErrorCode[] = ['unavailable', 'storage-refused', 'layout-mismatch']

interface Failure extends Unanswered {
  readonly part: PartOfTurn
}

/** One turn of a worker: what it asks of each partition, and what is left open of it. */
export class Round {
  readonly #parts: RoundParts
  readonly #view: WorkerView
  readonly #lane: LaneView
  readonly #turn: Turn
  readonly #sent: PartOfTurn[] = []
  readonly #answers: PartAnswer[] = []
  readonly #failures: Failure[] = []

  constructor(parts: RoundParts, view: WorkerView, lane: LaneView, turn: Turn) {
    this.#parts = parts
    this.#view = view
    this.#lane = lane
    this.#turn = turn
  }

  async first(onAsked: (index: number) => void): Promise<void> {
    const { clock, partitions, turns } = this.#parts
    const { last, settlements, suspectFrom, want } = this.#turn
    const portions = portionsOf(settlements, (settlement) => [partitions.placeOfLease(settlement.lease), settlement])
    portions.sort((one, other) => other.items.length - one.items.length)
    const left = new Map(portions.map((portion) => [portion.port.index, portion]))
    if (want > 0) {
      const isAway = (index: number): boolean => turns.at(index)?.away === true
      const settling = portions.map(({ port }) => port.index)
      const targets = this.#view.targets(settling, clock.now(), suspectFrom === undefined, isAway)
      if (targets.length > 0) await this.#claimFrom(targets, left, onAsked)
      else await this.#look(onAsked)
    }
    const rest = last ? [...new Set([...left.keys(), ...this.#lane.used])] : [...left.keys()]
    if (rest.length + this.#sent.length === 0) rest.push(...this.#emptyTurn())
    await Promise.all(rest.map((index) => this.#ask(index, left.get(index), 0, 0)))
    this.#lane.parts = this.#sent
  }

  /** One after the other, until it has what it wants. */
  async #claimFrom(
    targets: readonly number[],
    left: Map<number, Portion<Settlement>>,
    onAsked: (index: number) => void,
  ): Promise<void> {
    const { maxBytes, want } = this.#turn
    let [wanted, bytes] = [want, maxBytes]
    for (const index of targets) {
      if (wanted === 0 || (bytes <= 0 && wanted < want)) return
      onAsked(index)
      const claimed = await this.#ask(index, left.get(index), wanted, Math.max(0, bytes))
      left.delete(index)
      wanted -= claimed.count
      bytes -= claimed.bytes
    }
  }

  /**
   * Nothing is known of any: together, where something may be that nobody told of, since hints are lost and workers
   * die, and at one of the others. Where it is not known where that is, at all of them.
   */
  async #look(onAsked: (index: number) => void): Promise<void> {
    const { clock, marks, turns } = this.#parts
    const marked = (await marks.read()) ?? turns.places
    const places = [...new Set([...marked, this.#view.sweep()])].filter((index) => turns.at(index)?.away === false)
    let [wanted, at] = [this.#turn.want, 0]
    while (wanted > 0 && at < places.length) {
      const some = places.slice(at, at + wanted)
      const share = Math.floor(wanted / some.length)
      const bytes = Math.floor(this.#turn.maxBytes / some.length)
      some.forEach(onAsked)
      const claimed = await Promise.all(some.map((index) => this.#ask(index, undefined, share, bytes)))
      for (const { count } of claimed) wanted -= count
      at += some.length
    }
    this.#view.marked(places.slice(at), clock.now())
  }

  /** Its reply was lost: the same parts, under the same number. */
  async again(parts: readonly PartOfTurn[]): Promise<void> {
    await Promise.all(parts.map((part) => this.#send({ ...part, turn: { ...part.turn, repeat: true } })))
  }

  /**
   * What has no answer goes on without this turn where others have one: nothing that was claimed or settled there is
   * kept from the worker. Throws where no partition answers, or the turn is refused for what it asks.
   */
  async end(): Promise<readonly PartAnswer[]> {
    const { turns } = this.#parts
    if (this.#failures.length === 0) return this.#answers
    const errors = this.#failures.map(({ error }) => error ?? stalled())
    const closed = errors.find((error) => MqError.is(error, 'closed'))
    if (closed !== undefined) throw closed
    if (this.#answers.length === 0) {
      // For what the turn itself is: its sender has to know.
      const isRefused = errors.every((error) => !OF_STORAGE.some((code) => MqError.is(error, code)))
      if (isRefused || !(await this.#othersAnswer())) throw errors[0]
    }
    for (const { part, ...unanswered } of this.#failures) turns.at(part.index)?.later(unanswered)
    return this.#answers
  }

  async #othersAnswer(): Promise<boolean> {
    const failed = new Set(this.#failures.map(({ part }) => part.index))
    const { turns } = this.#parts
    const isThere = (index: number): boolean => turns.at(index)?.away === false && !failed.has(index)
    const other = turns.at(turns.places.find(isThere) ?? Number.NaN)
    return other !== undefined && (await other.touch())
  }

  /** It passes on the hints that came here; where there are none, it asks whether the storage answers. */
  #emptyTurn(): readonly number[] {
    const hinted = this.#view.takeHinted()
    return hinted.length > 0 ? hinted : this.#parts.turns.places
  }

  async #ask(
    index: number,
    portion: Portion<Settlement> | undefined,
    want: number,
    maxBytes: number,
  ): Promise<{ readonly count: number; readonly bytes: number }> {
    const { hears, partitions } = this.#parts
    const port = partitions.at(index)
    if (port === undefined) {
      this.#isGone(index, portion)
      return { count: 0, bytes: 0 }
    }
    const sharedBy = this.#parts.sharedBy ?? port.of
    const turn: Turn = {
      ...this.#turn,
      settlements: portion?.items ?? [],
      want,
      maxBytes,
      awaitWork: this.#turn.awaitWork && want > 0 && hears(index),
      limits: definedShare(this.#turn.limits, port.position, sharedBy),
      keep: this.#turn.keep && keepShare(this.#turn.keep, sharedBy),
      takesGrant: undefined,
      granted: undefined,
    }
    const reply = await this.#send({ index, turn, positions: portion?.positions ?? [] })
    if (reply === undefined) return { count: 0, bytes: 0 }
    if (reply.claimed.length > 0) this.#parts.marks.held(index, turn.leaseMs)
    const bytes = reply.claimed.reduce((all, { header, payload }) => all + header.length + payload.length, 0)
    return { count: reply.claimed.length, bytes }
  }

  /** Nothing is left of that partition, so no lease of it holds. */
  #isGone(index: number, portion: Portion<Settlement> | undefined): void {
    if (portion === undefined) return
    const { items, positions } = portion
    const turn = { ...this.#turn, settlements: items, want: 0 }
    const reply = { stale: items.map((_, at) => at), claimed: [] }
    this.#answers.push({ part: { index, turn, positions }, reply })
  }

  async #send(part: PartOfTurn): Promise<TurnReply | undefined> {
    const { index, turn } = part
    const turns = this.#parts.turns.at(index)
    if (turns === undefined) return undefined
    this.#sent.push(part)
    this.#lane.used.add(index)
    this.#view.asks(index, turn.want)
    const answer = await turns.send(turn)
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
