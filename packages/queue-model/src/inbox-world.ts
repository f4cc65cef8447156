import assert from 'node:assert/strict'
import type { QueueAdmin, QueueDriver, Settlement, Turn, TurnReply } from '@mq/core'
import { MAX_BATCH_BYTES } from '@mq/core/adapter'

const LEASE_MS = 60_000

/** A queue with an inbox whose right end is read, and the list as another program has it. Fresh for each run. */
export interface RealInbox {
  readonly driver: QueueDriver & QueueAdmin
  push(end: 'left' | 'right', texts: readonly string[]): Promise<unknown>
  /** Lets so much time pass for the storage. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

interface Held {
  readonly lease: string
  readonly text: string
  /** Its time is over: another may have it. */
  lapsed: boolean
}

/** What is in the list, what was taken from it, and what became of that. */
export class InboxWorld {
  /** From the end that is read. */
  readonly #list: string[] = []
  /** In the order in which they were taken; those that nobody was given yet. */
  readonly #taken: string[] = []
  readonly #given = new Set<string>()
  readonly #ended = new Set<string>()
  readonly #held: Held[][] = [[], [], []]
  readonly #last: (Turn | undefined)[] = []
  readonly #replies: (TurnReply | undefined)[] = []
  readonly #real: RealInbox
  #seq = 0
  #texts = 0

  constructor(real: RealInbox) {
    this.#real = real
  }

  get open(): number {
    return this.#list.length + this.#taken.length + this.#given.size - this.#ended.size
  }

  /** They are told apart by their numbers. */
  async push(end: 'left' | 'right', count: number): Promise<void> {
    const texts = Array.from({ length: count }, () => `{"entry": ${++this.#texts}}`)
    if (end === 'left') this.#list.push(...texts)
    else this.#list.unshift(...texts.toReversed())
    await this.#real.push(end, texts)
  }

  /** Ends some of what this worker holds, and claims. */
  async turn(pick: number, ends: readonly ('complete' | 'bury')[], want: number): Promise<void> {
    const worker = pick % this.#held.length
    const mine = this.#held[worker]!.splice(0, ends.length)
    const settlements = mine.map(({ lease }, i): Settlement =>
      ends[i] === 'bury'
        ? { kind: 'bury', lease, reason: 'asked-for', detail: '', charge: false }
        : { kind: 'complete', lease, result: '1' },
    )
    const turn: Turn = {
      lane: `worker-${worker}`,
      seq: ++this.#seq,
      repeat: false,
      settlements,
      want,
      awaitWork: false,
      maxBytes: MAX_BATCH_BYTES,
      leaseMs: LEASE_MS,
      keepResults: true,
    }
    const reply = await this.#real.driver.settleAndClaim(turn)
    this.#last[worker] = turn
    this.#replies[worker] = reply
    mine.forEach(({ text, lapsed }, i) => {
      if (reply.stale.includes(i)) return assert.ok(lapsed, `the lease of ${text} was lost in its time`)
      assert.ok(!this.#ended.has(text), `${text} ended twice`)
      this.#ended.add(text)
    })
    this.#taken.push(...this.#list.splice(0, want))
    assert.ok(reply.claimed.length <= want)
    for (const { payload, lease } of reply.claimed) this.#give(worker, payload, lease)
  }

  /** The reply of the last turn was lost: it gives what it gave. */
  async repeat(pick: number): Promise<void> {
    const worker = pick % this.#held.length
    const [turn, before] = [this.#last[worker], this.#replies[worker]]
    if (turn === undefined || before === undefined) return
    // One that did nothing may be forgotten: then it is another turn.
    if (before.claimed.length + turn.settlements.length === 0) return
    const reply = await this.#real.driver.settleAndClaim({ ...turn, repeat: true })
    const leases = before.claimed.map(({ lease }) => lease)
    assert.deepEqual(reply.stale, before.stale)
    assert.deepEqual(
      reply.claimed.filter(({ lease }) => !leases.includes(lease)),
      [],
      'a repeated turn gave what it had not given before',
    )
  }

  async away(): Promise<void> {
    await this.#real.pass(LEASE_MS + 1_000)
    for (const held of this.#held.flat()) held.lapsed = true
  }

  async judge(): Promise<void> {
    const { inbox, waiting, running, delayed } = await this.#real.driver.stats()
    assert.equal(inbox, this.#list.length, 'entries of the list')
    const taken = this.#taken.length + this.#given.size - this.#ended.size
    assert.equal(waiting + running + delayed, taken, 'what was taken and has not ended')
  }

  #give(worker: number, text: string, lease: string): void {
    assert.ok(!this.#ended.has(text), `${text} has ended, and was given`)
    for (const others of this.#held) {
      const at = others.findIndex((held) => held.text === text)
      assert.ok(at === -1 || others[at]!.lapsed, `${text} was given twice`)
    }
    if (!this.#given.has(text)) {
      assert.equal(text, this.#taken.shift(), 'the order of the list')
      this.#given.add(text)
    }
    this.#held[worker]!.push({ lease, text, lapsed: false })
  }
}
