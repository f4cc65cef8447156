import { systemClock } from '@mq/core'
import type { Clock, KeyFacts, Queue } from '@mq/core'
import { SharedLooks } from './shared-looks.ts'

export const KEY_ORDERS = ['waiting', 'running', 'oldest'] as const
export type KeyOrder = (typeof KEY_ORDERS)[number]

/** So many keys are looked at to find the first of them; a page of the storage is this large. */
const MOST_KEYS = 5_000
const PAGE = 250
const MOST_QUEUES = 20

export interface RankedKeys {
  readonly keys: readonly KeyFacts[]
  readonly scanned: number
  /** There are keys that were not looked at. */
  readonly more: boolean
}

/** Who is loud, and who waits: the first of the keys of a queue in an order that the storage does not have. */
export class KeyRanking {
  readonly #looks: SharedLooks<RankedKeys>

  constructor(clock: Clock = systemClock) {
    this.#looks = new SharedLooks(clock, MOST_QUEUES)
  }

  async first(queue: Queue, order: KeyOrder, limit: number): Promise<RankedKeys> {
    const { keys, ...rest } = await this.#looks.look(queue.name, () => look(queue))
    return { keys: keys.toSorted(ORDERS[order]).slice(0, limit), ...rest }
  }
}

async function look(queue: Queue): Promise<RankedKeys> {
  const keys: KeyFacts[] = []
  let after: string | undefined
  do {
    const page = await queue.keys({ limit: PAGE, after })
    keys.push(...page.keys)
    after = page.next
  } while (after !== undefined && keys.length < MOST_KEYS)
  return { keys, scanned: keys.length, more: after !== undefined }
}

type Compare = (one: KeyFacts, other: KeyFacts) => number

const ageOf = ({ nextEnqueuedAt = Number.POSITIVE_INFINITY }: KeyFacts): number => nextEnqueuedAt
const byWaiting: Compare = (one, other) => other.waiting - one.waiting || other.running - one.running
const ORDERS: Readonly<Record<KeyOrder, Compare>> = {
  waiting: byWaiting,
  running: (one, other) => other.running - one.running || byWaiting(one, other),
  oldest: (one, other) => (ageOf(one) === ageOf(other) ? byWaiting(one, other) : ageOf(one) - ageOf(other)),
}
