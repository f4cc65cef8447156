import type { PageState, Settlement } from '@mq/core'
import assert from 'node:assert/strict'
import type { PortQueue, PortWorker } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const STATES: readonly PageState[] = ['waiting', 'delayed', 'running', 'ended']
const SEEDS = [1, 2, 3, 4, 5, 6]

/** What others do while somebody reads pages: each step moves some tasks, and says which. */
class Others {
  readonly #queue: PortQueue
  readonly #worker: PortWorker
  readonly #next: () => number
  #leases: string[] = []
  #numbers: string[] = []

  constructor(queue: PortQueue, seed: number) {
    this.#queue = queue
    this.#worker = queue.worker()
    let state = seed
    this.#next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
  }

  upTo(most: number): number {
    return 1 + Math.floor(this.#next() * most)
  }

  async add(count: number): Promise<string[]> {
    const tasks = Array.from({ length: count }, () => ({
      level: this.upTo(3) + 2,
      delayMs: this.#next() < 0.4 ? 1_000_000 * this.upTo(9) : 0,
    }))
    const numbers = await this.#queue.add(...tasks)
    this.#numbers.push(...numbers)
    return numbers
  }

  async claim(count: number): Promise<string[]> {
    const claimed = await this.#worker.claim(count)
    this.#leases.push(...claimed.map(({ lease }) => lease))
    return claimed.map(({ n }) => n)
  }

  async settle(count: number): Promise<string[]> {
    const leases = this.#leases.splice(0, count)
    const settlements = leases.map((lease): Settlement => {
      const kinds: readonly Settlement[] = [
        { kind: 'complete', lease, result: '1' },
        { kind: 'retry', lease, delayMs: 0, charge: true },
        { kind: 'retry', lease, delayMs: 1_000_000 * this.upTo(9), charge: false },
        { kind: 'release', lease },
        { kind: 'expire', lease },
        { kind: 'bury', lease, reason: 'bad', detail: '' },
      ]
      return kinds[this.upTo(kinds.length) - 1]!
    })
    await this.#worker.settle(...settlements)
    return leases.map((lease) => lease.slice(0, lease.search(/\D/)))
  }

  async cancel(): Promise<string[]> {
    const n = this.#numbers[this.upTo(this.#numbers.length) - 1]!
    await this.#queue.cancel(n)
    return [n]
  }

  async change(): Promise<string[]> {
    const n = this.#numbers[this.upTo(this.#numbers.length) - 1]!
    const to = [{ level: this.upTo(3) + 2 }, { delayMs: 0 }, { delayMs: 1_000_000 * this.upTo(9) }][this.upTo(3) - 1]!
    await this.#queue.driver.apply({ kind: 'change', task: { n }, ...to })
    return [n]
  }

  async extend(): Promise<string[]> {
    await this.#queue.driver.extend(this.#leases.slice(0, 1_000), 20_000_000 + this.upTo(9) * 1_000_000)
    return []
  }

  async step(): Promise<string[]> {
    const steps = [
      () => this.add(this.upTo(4)),
      () => this.claim(this.upTo(4)),
      () => this.settle(this.upTo(3)),
      () => this.cancel(),
      () => this.change(),
      () => this.extend(),
    ]
    return steps[this.upTo(steps.length) - 1]!()
  }
}

async function inState(queue: PortQueue, numbers: readonly string[], state: PageState): Promise<Set<string>> {
  const readings = await queue.driver.read(numbers.map((n) => ({ n })))
  const found = readings.flatMap((reading) => {
    if (reading.state !== state || (reading.state === 'ended' && reading.outcome.state === 'dead')) return []
    return [reading.n]
  })
  return new Set(found)
}

export function movingPages(test: Test): void {
  for (const state of STATES) {
    test(`of ${state} tasks have all that stay, and end, whatever others do meanwhile`, async (scene) => {
      for (const seed of SEEDS) {
        const queue = await scene.queue(`seed-${seed}`)
        const others = new Others(queue, seed)
        const numbers = await others.add(80)
        for (let i = 0; i < 15; i++) await others.step()
        await others.claim(15)
        const stay = await inState(queue, numbers, state)
        const seen = new Set<string>()
        let after: string | undefined
        for (let pages = 0; pages === 0 || after !== undefined; pages++) {
          assert.ok(pages < 400, `seed ${seed}: it does not end`)
          const { tasks, next } = await queue.driver.page({ state, after, limit: others.upTo(6) })
          for (const { n } of tasks) seen.add(n)
          after = next
          for (let i = others.upTo(3); i > 1; i--) {
            for (const n of await others.step()) if (state !== 'ended') stay.delete(n)
          }
        }
        const missed = [...stay].filter((n) => !seen.has(n))
        assert.deepEqual(missed, [], `seed ${seed}: ${missed.length} of ${stay.size} were missed`)
      }
    })
  }
}
