import { refuse } from '../ports/check-values.ts'
import type { Turn, TurnReply } from '../ports/queue-driver.ts'
import type { DefinedLimits } from '../ports/queue-limits.ts'
import { workerOf } from '../ports/worker-of.ts'
import { mergeReplies } from './merge-replies.ts'
import { inTime } from './in-time.ts'
import { Round } from './round.ts'
import type { RoundParts } from './round.ts'
import { WorkerView } from './worker-view.ts'

/** A hint that nobody here followed in this time, ms, is passed on: another worker may be free. */
const PASS_ON_MS = 30

export interface ClaimsParts extends RoundParts {
  /** The home of all workers. Default: by their names. */
  readonly begin?: number | undefined
  /** How long a hint waits for whom it came to, ms. */
  readonly passOnMs?: number | undefined
  /** Throws where they cannot be shared out: nothing is claimed then. */
  readonly checkLimits: (limits: DefinedLimits | undefined) => void
  /** The limits of another definition, from the share of one partition. */
  readonly wholeOf: (share: DefinedLimits) => Promise<DefinedLimits | undefined>
}

/**
 * The turns of workers, over all partitions. A turn settles in each partition that it has leases of, and claims in one
 * after the other until it has what it wants, beginning with those it settles in, and each fourth turn with the next
 * one. Where a claim finds nothing the worker sleeps: once it sleeps in all of them, a hint of any says where to look.
 * So tasks cost no more calls than in one partition. A worker that sleeps looks where the marks say that there may be
 * something, and at one of the others in turn: two calls in place of one, however many partitions there are.
 */
export class Claims {
  readonly #parts: ClaimsParts
  readonly #views = new Map<string, WorkerView>()
  /** Hints that nobody followed yet. */
  readonly #unheeded = new Set<number>()

  constructor(parts: ClaimsParts) {
    this.#parts = parts
  }

  async settleAndClaim(asked: Turn): Promise<TurnReply> {
    const view = this.#viewOf(asked.lane)
    const lane = view.lane(asked.lane)
    const turn = asked.seq === lane.seq ? asked : this.#shared(asked)
    if (turn.seq < lane.seq) refuse(`lane ${turn.lane} was answered number ${lane.seq}, so ${turn.seq} is refused`)
    const isAgain = turn.seq === lane.seq
    lane.seq = turn.seq
    const round = new Round(this.#parts, view, lane, turn)
    if (isAgain) await round.again(lane.parts)
    else await round.first((index) => this.#unheeded.delete(index))
    if (turn.want > 0) this.#readMarks()
    const answers = await round.end()
    if (turn.last) this.#forget(turn.lane, view)
    return mergeReplies(turn, answers, view, {
      now: this.#parts.clock.now(),
      isAway: (index) => this.#parts.turns.at(index)?.away === true,
      wholeOf: (share) => this.#wholeInTime(share),
    })
  }

  /**
   * What cannot be shared out does not hold, so nothing is claimed: whoever asks for nothing else is refused. What was
   * claimed before is settled, whatever the limits.
   */
  #shared(turn: Turn): Turn {
    try {
      this.#parts.checkLimits(turn.limits)
      return turn
    } catch (thrown) {
      if (turn.want > 0 && turn.settlements.length === 0) throw thrown
      return { ...turn, want: 0, awaitWork: false, limits: undefined }
    }
  }

  /** Undefined while a partition does not answer: a later turn says it again. */
  async #wholeInTime(share: DefinedLimits): Promise<DefinedLimits | undefined> {
    try {
      return await inTime(this.#parts.clock, this.#parts.wholeOf(share))
    } catch {
      return undefined // what fails there is reported by the turns
    }
  }

  /** Whoever does not sleep looks at marked partitions, too. */
  #readMarks(): void {
    const { clock, marks, turns } = this.#parts
    void marks.readAgain()?.then((marked = turns.places) => {
      for (const view of this.#views.values()) view.marked(marked, clock.now())
    })
  }

  /** There may be work in a partition. */
  hinted(index: number): void {
    if (this.#views.size === 0) return
    for (const view of this.#views.values()) view.hinted(index)
    if (this.#unheeded.has(index)) return
    this.#unheeded.add(index)
    const { clock, passOnMs = PASS_ON_MS, turns } = this.#parts
    const passOn = (): void => {
      if (this.#unheeded.delete(index)) void turns.at(index)?.touch()
    }
    if (passOnMs === 0) queueMicrotask(passOn)
    else clock.schedule(passOn, passOnMs)
  }

  /** Hints may have been lost. */
  interrupted(index: number): void {
    for (const view of this.#views.values()) view.hinted(index)
  }

  /** There are no such partitions any more, or others in their places. */
  gone(indices: readonly number[]): void {
    for (const index of indices) {
      this.#unheeded.delete(index)
      for (const view of this.#views.values()) view.forget(index)
    }
  }

  #viewOf(lane: string): WorkerView {
    const worker = workerOf(lane)
    let view = this.#views.get(worker)
    if (view === undefined)
      this.#views.set(worker, (view = new WorkerView(lane, () => this.#parts.turns.places, this.#parts.begin)))
    return view
  }

  #forget(lane: string, view: WorkerView): void {
    view.lanes.delete(lane)
    if (view.lanes.size === 0) this.#views.delete(workerOf(lane))
  }
}
