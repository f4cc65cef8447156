import type { Clock } from '../clock.ts'
import { MqError, toError } from '../errors.ts'
import type { Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
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

  constructor(parts: TurnsParts) {
    this.#parts = parts
  }

  /** It does not answer, as far as is known. */
  get away(): boolean {
    return this.#open.size > 0
  }

  /** Resolves when nothing is left open, or nothing is repeated any more. */
  async settled(): Promise<void> {
    while (this.away) await Promise.all(this.#open.values())
  }

  get port(): PartitionPort {
    return this.#parts.port
  }

  /** Never rejects. */
  async send(turn: Turn): Promise<TurnReply | Unanswered> {
    if (this.away) return { turn }
    const call = this.#parts.port.settleAndClaim(turn)
    try {
      return (await inTime(this.#parts.clock, call)) ?? { turn, call }
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
    const { clock, closed, onError, port } = this.#parts
    let last = error
    let sent = call
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MOST_PAUSE_MS)) {
      if (MqError.is(last, 'closed') || closed?.aborted) return
      if (last !== undefined) await pause(clock, pauseMs, closed)
      try {
        const reply = await (sent ?? port.settleAndClaim({ ...turn, repeat: last !== undefined }))
        return this.#giveBack(reply)
      } catch (thrown) {
        const isNews = toError(thrown).message !== toError(last).message
        if (isNews && !MqError.is(thrown, 'unavailable') && !MqError.is(thrown, 'closed')) onError(toError(thrown))
        last = thrown
        sent = undefined
      }
    }
  }

  #giveBack({ claimed }: TurnReply): void {
    if (claimed.length === 0) return
    const turn = this.#ownTurn(claimed.map(({ lease }) => ({ kind: 'release', lease })))
    // Behind what is open of other lanes: nothing else is sent on this one.
    this.later({ turn })
  }
}
