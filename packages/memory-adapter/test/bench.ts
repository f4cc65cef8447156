import type { Environment, NewTask, QueueAdmin, QueueDriver, Storage, Turn } from '@mq/core'
import { silentLogger } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import type { VirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'

export interface Bench {
  readonly clock: VirtualClock
  readonly storage: Storage
  readonly queue: QueueDriver & QueueAdmin
  readonly errors: Error[]
  add(...tasks: Partial<NewTask>[]): Promise<string[]>
  turn(turn: Partial<Turn>): ReturnType<QueueDriver['settleAndClaim']>
  /** Adds tasks, claims them, and ends them all alike. */
  runThrough(count: number, end: (lease: string) => Turn['settlements'][number]): Promise<string[]>
}

/** A storage of its own, with one participant. */
export function bench(): Bench {
  const clock = createVirtualClock()
  const errors: Error[] = []
  const storage = memoryAdapter().open(environment(clock, errors))
  const queue = storage.queue('tasks')
  let seq = 0

  const add: Bench['add'] = async (...tasks) => {
    const full = tasks.map((task) => ({ level: 4, delayMs: 0, header: '', payload: '1', ...task }))
    const receipts = await queue.enqueue({ lane: 'p', seq: ++seq, atomic: false, tasks: full })
    return receipts.map((receipt) => ('n' in receipt ? receipt.n : ''))
  }
  const turn: Bench['turn'] = (given) =>
    queue.settleAndClaim({
      lane: 'w',
      seq: ++seq,
      repeat: false,
      settlements: [],
      want: 0,
      maxBytes: 1e9,
      leaseMs: 30_000,
      keepResults: true,
      awaitWork: false,
      ...given,
    })
  return {
    clock,
    storage,
    queue,
    errors,
    add,
    turn,
    async runThrough(count, end) {
      const numbers = await add(...Array.from({ length: count }, () => ({})))
      const { claimed } = await turn({ want: count })
      await turn({ settlements: claimed.map(({ lease }) => end(lease)) })
      return numbers
    },
  }
}

export function environment(clock: VirtualClock, errors: Error[] = []): Environment {
  return { clock, logger: silentLogger, onError: (error) => errors.push(error) }
}
