import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { Hint } from '../ports/hint.ts'
import type { Note } from '../ports/note.ts'
import type { QueueDriver, Settlement, Turn, TurnReply } from '../ports/queue-driver.ts'
import type { Subscription } from '../ports/subscription.ts'

/** A storage that has some tasks for one worker: it gives each once, and keeps what the worker notes and settles. */
export class GivenTasks implements Pick<QueueDriver, 'settleAndClaim' | 'extend' | 'note' | 'listen'> {
  readonly notes: Note[] = []
  /** By lease. */
  readonly settled: Map<string, Settlement> = new Map()
  /** Counts every step of the work. */
  steps = 0
  readonly #tasks: ClaimedTask[]
  #tell: (hint: Hint) => void = () => undefined

  constructor(tasks: readonly ClaimedTask[]) {
    this.#tasks = [...tasks]
  }

  async settleAndClaim({ settlements, want }: Turn): Promise<TurnReply> {
    this.steps += settlements.length
    for (const settlement of settlements) this.settled.set(settlement.lease, settlement)
    return { stale: [], claimed: this.#tasks.splice(0, want) }
  }

  async extend(leases: readonly string[]): Promise<'held'[]> {
    return leases.map(() => 'held')
  }

  async note(notes: readonly Note[]): Promise<boolean[]> {
    this.steps += notes.length
    this.notes.push(...notes)
    return notes.map(() => true)
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    this.#tell = listener
    return { live: true, close: async () => void (this.#tell = () => undefined) }
  }

  /** Somebody cancels it while it runs. */
  cancel(lease: string, reason: string): void {
    this.#tell({ kind: 'cancel', lease, reason })
  }
}
