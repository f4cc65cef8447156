import type { ChannelReader, EnqueueBatch, QueueAdmin, QueueDriver, Receipt, Turn, TurnReply } from '@mq/core'
import { Ledger } from './ledger.ts'
import { QueueModel } from './queue-model.ts'

/** The queue that is held to the model; fresh for each run. */
export interface RealQueue {
  /** The queue as several participants have it. */
  readonly drivers: readonly (QueueDriver & QueueAdmin)[]
  /** The channel of its outcomes: given, every end is to be there, and the calls ask the drivers to keep them. */
  readonly outcomes?: ChannelReader | undefined
  /** Lets so much time pass for the storage. */
  pass(ms: number): Promise<void>
  /** So far the storage's clock may run ahead of what was passed, ms. */
  readonly slackMs: number
  /** What the storage still holds when no task is left, and no id is known. */
  leftovers(): Promise<readonly string[]>
  close(): Promise<void>
}

/** A caller's lane, and its last call, for repetitions. */
export interface Lane<Call, Reply> {
  readonly name: string
  seq: number
  last?: { readonly call: Call; readonly reply: Reply; readonly at: number }
}

/** What should be, and what the callers remember. */
export class World {
  readonly queue: QueueModel = new QueueModel()
  readonly ledger: Ledger = new Ledger()
  readonly producers: Lane<EnqueueBatch, readonly Receipt[]>[] = ['p0', 'p1'].map((name) => ({ name, seq: 0 }))
  readonly workers: Lane<Turn, TurnReply>[] = []
  /** Tasks have keys, and limits change. */
  readonly shares: boolean
  #workersEver = 0

  constructor(shares = false) {
    this.shares = shares
    for (let worker = 0; worker < 3; worker++) this.replaceWorker(worker)
  }

  /** The process has ended, and another takes its place. What it held stays leased. */
  replaceWorker(worker: number): void {
    this.workers[worker] = { name: `w${++this.#workersEver}.0`, seq: 0 }
  }
}
