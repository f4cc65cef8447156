import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import type { Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import { workerOf } from '../ports/worker-of.ts'
import { isPassing } from '../storage-calls/repeat.ts'
import { laneName } from '../storage-calls/lane-name.ts'
import { pause } from '../waiting/pause.ts'
import type { PartitionPort } from './partition-port.ts'
import { inTime } from './in-time.ts'

const FIRST_PAUSE_MS = 100
const MOST_PAUSE_MS = 1_000

export interface TurnsParts {
  readonly port: PartitionPort
  readonly clock: Clock
  readonly closed: AbortSignal | undefined
  readonly onError: (error: Error) => void
  /** All that was left open is known: workers look again. */
  readonly onBack: (index: number) => void
}

/** A turn that has no answer, or not yet. */
export interface Unanswered {
  readonly turn: Turn
  /** Undefined: it was not sent, since an earlier one of its lane is open. */
  readonly error?: unknown
  /** It is under way. */
  readonly call?: Promise<TurnReply> | undefined
}

/**
 * The turns at one partition. One that is not answered, or is refused, is repeated here while the worker goes on at the
 * others: so a node that hangs costs no more than its own partitions. What such a turn claims is given back, since its
 * worker does not wait for it.
 */
export class PartitionTurns {
  readonly #parts: TurnsParts
  /** By lane: ends when all that was left open of it is known. */
  readonly #open = new Map<string, Promise<void>>()
  readonly #ownLane = `${laneName()}.own`
  #ownSeq = 0
  /** What was refused, as far as it is said already. */
  #reported: string | undefined

  constructor(parts: TurnsParts) {
    this.#parts = parts
  }

  /** It does not answer, as far as is known. */
  get away(): boolean {
    return this.#open.size > 0
  }

  /** Resolves when nothing is left open, or nothing is repeated any more; of one worker: of its lanes. */
  async settled(worker?: string): Promise<void> {
    const open = (): Promise<void>[] =>
      [...this.#open].flatMap(([lane, end]) => (worker === undefined || workerOf(lane) === worker ? [end] : []))
    for (let left = open(); left.length > 0; left = open()) await Promise.all(left)
  }

  get port(): PartitionPort {
    return this.#parts.port
  }

  /** Never rejects. */
  async send(turn: Turn): Promise<TurnReply | Unanswered> {
    if (this.away) return { turn }
    const call = this.#parts.port.settleAndClaim(turn)
    try {
      const reply = await inTime(this.#parts.clock, call)
      if (reply !== undefined) this.#reported = undefined
      return reply ?? { turn, call }
    } catch (error) {
      return { turn, error }
    }
  }

  /** Repeats it until its end is known. */
  later(unanswered: Unanswered): void {
    const { lane } = unanswered.turn
    const before = this.#open.get(lane) ?? Promise.resolve()
    const end = before.then(() => this.#untilKnown(unanswered))
    this.#open.set(lane, end)
    void end.then(() => {
      if (this.#open.get(lane) === end) this.#open.delete(lane)
      if (!this.away) this.#parts.onBack(this.#parts.port.index)
    })
  }

  /** An empty turn of no worker: whether the partition answers. A hint that nobody here can use is passed on by it. */
  async touch(): Promise<boolean> {
    return 'stale' in (await this.send(this.#ownTurn([])))
  }

  #ownTurn(settlements: readonly Settlement[]): Turn {
    const seq = ++this.#ownSeq
    const rest = { repeat: false, want: 0, maxBytes: 0, leaseMs: 1, keepResults: true, awaitWork: false }
    return { lane: this.#ownLane, seq, settlements, ...rest }
  }

  async #untilKnown({ turn, error, call }: Unanswered): Promise<void> {
    const { clock, closed, port } = this.#parts
    // Leases that nobody prolongs any more are over then.
    const endAt = clock.now() + turn.leaseMs
    let last = error
    let sent = call
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MOST_PAUSE_MS)) {
      if (MqError.is(last, 'closed') || closed?.aborted) return
      if (last !== undefined) {
        if (isFinal(last, clock.now() >= endAt)) return this.#giveUp(turn, toError(last))
        this.#report(toError(last))
        await pause(clock, pauseMs, closed)
      }
      try {
        const reply = await (sent ?? port.settleAndClaim({ ...turn, repeat: last !== undefined }))
        this.#reported = undefined
        return this.#giveBack(reply)
      } catch (thrown) {
        last = thrown
        sent = undefined
      }
    }
  }

  /** Nothing was done, and will not be: whoever works here asks again, but not at once. */
  async #giveUp({ settlements }: Turn, refusal: Error): Promise<void> {
    const { clock, closed, onError, port } = this.#parts
    this.#report(refusal)
    if (settlements.length > 0) {
      const what = `partition ${port.index} refused what ${settlements.length} tasks ended with, so they run again when their leases end`
      onError(new MqError('storage-refused', `${what}: ${refusal.message}`, { cause: refusal }))
    }
    await pause(clock, MOST_PAUSE_MS, closed)
  }

  /** Each refusal once, until one of another kind or an answer comes. */
  #report(refusal: Error): void {
    if (MqError.is(refusal, 'unavailable') || refusal.message === this.#reported) return
    this.#reported = refusal.message
    this.#parts.onError(refusal)
  }

  #giveBack({ claimed }: TurnReply): void {
    if (claimed.length === 0) return
    const turn = this.#ownTurn(claimed.map(({ lease }) => ({ kind: 'release', lease })))
    // Behind what is open of other lanes: nothing else is sent on this one.
    this.later({ turn })
  }
}

/** Repeating it changes nothing: refused for what it is, or by a server that nobody mended while it mattered. */
function isFinal(error: unknown, isLate: boolean): boolean {
  if (MqError.is(error, 'unavailable') || isPassing(error)) return false
  return isLate || !MqError.is(error, 'storage-refused')
}
