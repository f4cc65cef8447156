import assert from 'node:assert/strict'
import type { NewTask, QueueLimits, Settlement } from '@mq/core'
import type { HintLog, PortQueue, PortWorker } from '../../port-queue.ts'
import { setLimits, sharing, SHARES, tasksOf } from '../../port-sharing.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const RUNS = 6
const STEPS = 60
const SLOTS = 2
/** A hint arrives within so many calls. */
const PATIENCE = 500

const LIMITS: readonly QueueLimits[] = [
  {},
  { concurrency: 1 },
  { concurrency: 3 },
  { rate: { count: 2, perMs: 2_000, burst: 1 } },
  { perKey: { concurrency: 1 } },
  { perKey: { concurrency: 2, holdOnRetry: true } },
  { concurrency: 2, perKey: { rate: { count: 1, perMs: 1_000, burst: 1 } } },
]

type Random = (below: number) => number

/** Numbers that look random, the same for each seed. */
function randomOf(seed: number): Random {
  let state = seed * 2_654_435_761
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return state % below
  }
}

/**
 * A worker as core's is, at the port: it looks when it has a free slot and was woken, or when the time that it was told
 * has come.
 */
class Sleeper {
  readonly queue: PortQueue
  readonly held = new Set<string>()
  readonly #worker: PortWorker
  readonly #hints: HintLog
  #heard = 0
  #looksAt = 0

  constructor(queue: PortQueue, hints: HintLog) {
    this.queue = queue
    this.#hints = hints
    this.#worker = queue.worker()
  }

  looks(now: number): boolean {
    return this.held.size < SLOTS && (this.#hints.count('work') > this.#heard || now >= this.#looksAt)
  }

  get isFree(): boolean {
    return this.held.size < SLOTS
  }

  async turn(now: number, leaseMs: number, settlements: readonly Settlement[] = []): Promise<void> {
    for (const { lease } of settlements) this.held.delete(lease)
    const wasAsleep = settlements.length > 0 && !this.looks(now)
    const want = wasAsleep && this.#looksAt !== 0 ? 0 : SLOTS - this.held.size
    if (want > 0) this.#heard = this.#hints.count('work')
    const { claimed, nextDueInMs, heldBack } = await this.#worker.turn({
      settlements,
      want,
      leaseMs,
      awaitWork: want > 0,
    })
    for (const { lease } of claimed) this.held.add(lease)
    if (want > 0) this.#looksAt = claimed.length > 0 && !heldBack ? 0 : now + (nextDueInMs ?? Infinity)
  }
}

/** What happens to a queue, in an order that a seed gives. */
class Happenings {
  readonly #scene: Scene
  readonly #queue: PortQueue
  readonly #sleepers: readonly Sleeper[]
  readonly #random: Random
  #numbers: string[] = []
  #now = 1
  #paused = false

  constructor(scene: Scene, queue: PortQueue, sleepers: readonly Sleeper[], random: Random) {
    this.#scene = scene
    this.#queue = queue
    this.#sleepers = sleepers
    this.#random = random
  }

  async step(): Promise<string> {
    const random = this.#random
    const kind = random(16)
    if (kind < 6) return this.#enqueue()
    if (kind < 11) return this.#settle()
    if (kind === 11) {
      const limits = LIMITS[random(LIMITS.length)]!
      await setLimits(this.#queue, limits)
      return `limits ${JSON.stringify(limits)}`
    }
    if (kind === 12)
      return `cancel ${await this.#queue.cancel(this.#numbers[random(this.#numbers.length || 1)] ?? '1')}`
    if (kind === 13) {
      this.#paused = !this.#paused
      await this.#queue.driver.apply({ kind: this.#paused ? 'pause' : 'resume' })
      return this.#paused ? 'pause' : 'resume'
    }
    await this.#pass(random(3) === 0 ? 1_300 : 300)
    return 'time'
  }

  /** Everybody does what it has to; then there is nothing to claim for those who have a slot. */
  async settleDown(history: readonly string[]): Promise<void> {
    for (let tries = 0; ; tries++) {
      const next = this.#sleepers.find((sleeper) => sleeper.looks(this.#now))
      if (next !== undefined) {
        await next.turn(this.#now, this.#random(3) === 0 ? 1_000 : 3_600_000)
        continue
      }
      if (!this.#sleepers.some(({ isFree }) => isFree) || this.#paused || !(await this.#isClaimable())) return
      assert.ok(tries < PATIENCE, `nobody comes for a task that may be claimed, after: ${history.join(', ')}`)
      await this.#queue.driver.stats()
    }
  }

  async #enqueue(): Promise<string> {
    const random = this.#random
    const delayMs = random(8) === 0 ? 1_000 : 0
    const key = ['', 'a', 'b'][random(3)]!
    const task: Partial<NewTask> = key === '' ? { delayMs } : { ...tasksOf(key, 1)[0], delayMs }
    const numbers = await this.#queue.add(...Array.from({ length: 1 + random(3) }, () => task))
    this.#numbers.push(...numbers)
    return `${numbers.length} of ${key || 'none'} in ${delayMs}`
  }

  async #settle(): Promise<string> {
    const random = this.#random
    const sleeper = this.#sleepers[random(this.#sleepers.length)]!
    const [lease] = sleeper.held
    if (lease === undefined) return 'nothing'
    const hold = ([undefined, 'key', 'queue'] as const)[random(3)]
    const settlement: Settlement = (
      [
        { kind: 'complete', lease },
        { kind: 'complete', lease },
        { kind: 'retry', lease, delayMs: 0, charge: true },
        { kind: 'retry', lease, delayMs: 1_000, charge: true },
        { kind: 'release', lease, ...(hold ? { hold: { scope: hold, forMs: 1_000 } } : undefined) },
        { kind: 'bury', lease, reason: 'broken', detail: '' },
      ] as const
    )[random(6)]!
    await sleeper.turn(this.#now, 3_600_000, [settlement])
    return JSON.stringify(settlement)
  }

  async #isClaimable(): Promise<boolean> {
    const waiting: string[] = []
    let isClaimable = false
    for (const n of this.#numbers) {
      const { reading, heldBack } = await this.#queue.driver.inspect({ n })
      if (reading.state === 'unknown' || reading.state === 'ended') continue
      waiting.push(n)
      isClaimable ||= reading.state === 'waiting' && heldBack === undefined
    }
    this.#numbers = waiting
    return isClaimable
  }

  async #pass(ms: number): Promise<void> {
    await this.#scene.pass(ms)
    this.#now += ms
  }
}

export function limitsLiveness(test: Test): void {
  for (let run = 1; run <= RUNS; run++) {
    test(
      `leaves no task that may be claimed to workers that all sleep, whatever happened before (${run})`,
      sharing(async (queue, scene) => {
        const sleepers: Sleeper[] = []
        for (let i = 0; i < 3; i++) {
          const elsewhere = await scene.queueElsewhere()
          sleepers.push(new Sleeper(elsewhere, await elsewhere.hear()))
        }
        const happenings = new Happenings(scene, queue, sleepers, randomOf(run))
        const history: string[] = []
        for (let step = 0; step < STEPS; step++) {
          history.push(await happenings.step())
          await happenings.settleDown(history)
        }
      }),
      SHARES,
    )
  }
}
