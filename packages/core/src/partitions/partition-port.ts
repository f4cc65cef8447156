import type { ClaimedTask } from '../ports/claimed-task.ts'
import type { Hint } from '../ports/hint.ts'
import type { Note } from '../ports/note.ts'
import type {
  CommandReply,
  DeadTask,
  ListQuery,
  QueueAdmin,
  QueueCommand,
  TaskFacts,
  TaskReading,
  TaskRef,
} from '../ports/queue-admin.ts'
import type {
  EnqueueBatch,
  LeaseState,
  QueueDriver,
  Receipt,
  Settlement,
  Turn,
  TurnReply,
} from '../ports/queue-driver.ts'
import type { Subscription } from '../ports/subscription.ts'
import type { PageQuery, TaskListing } from '../ports/task-listing.ts'
import { leaseAt, numberAt, placeOfLease, placeOfNumber } from './places.ts'

/** What it does not know: a text that is no number, or no lease, of it. */
const UNKNOWN = '0'

/** Commands after which there may be more to claim. */
const BRINGING: ReadonlySet<QueueCommand['kind']> = new Set(['change', 'redrive', 'resume'])

export interface PortParts {
  /** Called once, when it is used. */
  readonly open: (made: number) => QueueDriver & QueueAdmin
  /** Its place in the queue. */
  readonly index: number
  /** Which of its generation it is. */
  readonly position: number
  readonly of: number
  readonly made: number
  /** Something was stored there, or may have been, or may be claimed from now on. */
  readonly stored: (index: number) => void
}

/** One partition in the words of its queue: the numbers and leases of its tasks say where they are. */
export class PartitionPort {
  /** Its place. */
  readonly index: number
  /** Which of its generation it is, from 0, and how many that are: it has such a share. */
  readonly position: number
  readonly of: number
  readonly #open: PortParts['open']
  readonly #stored: PortParts['stored']
  #driver: (QueueDriver & QueueAdmin) | undefined
  #made: number

  constructor({ open, index, position, of, made, stored }: PortParts) {
    this.#open = open
    this.index = index
    this.position = position
    this.of = of
    this.#made = made
    this.#stored = stored
  }

  /** In its own words. */
  get driver(): QueueDriver & QueueAdmin {
    return (this.#driver ??= this.#open(this.#made))
  }

  /** See `Generation`; 0: of what is only wanted. */
  get made(): number {
    return this.#made
  }

  /** It is of this generation, which was wanted until now: nothing was asked of it. */
  decided(made: number): void {
    this.#made = made
    this.#driver = undefined
  }

  async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
    const receipts = await this.adds(this.driver.enqueue(batch))
    return receipts.map((receipt) => ('n' in receipt ? { ...receipt, n: this.outer(receipt.n) } : receipt))
  }

  /** All of its settlements are of this partition. */
  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    const reply = await this.driver.settleAndClaim({ ...turn, settlements: turn.settlements.map(this.#settlement) })
    return reply.claimed.length === 0 ? reply : { ...reply, claimed: reply.claimed.map((task) => this.#claimed(task)) }
  }

  extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    return this.driver.extend(
      leases.map((lease) => this.#ownLease(lease)),
      leaseMs,
    )
  }

  note(notes: readonly Note[]): Promise<readonly boolean[]> {
    return this.driver.note(notes.map((note) => ({ ...note, lease: this.#ownLease(note.lease) })))
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    return this.driver.listen((hint) => listener(this.#hint(hint)))
  }

  async read(
    tasks: readonly TaskRef[],
    options: { readonly watch?: boolean | undefined } | undefined,
  ): Promise<readonly TaskReading[]> {
    return (await this.driver.read(tasks.map(this.ownRef), options)).map((reading) => this.#reading(reading))
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    const letters = await this.driver.list(query)
    return letters.map((letter) => ({ ...letter, n: this.outer(letter.n) }))
  }

  async page(query: PageQuery): Promise<TaskListing> {
    const page = await this.driver.page(query)
    return { ...page, tasks: page.tasks.map((task) => ({ ...task, n: this.outer(task.n) })) }
  }

  async inspect(task: TaskRef, options: { readonly content?: boolean | undefined } | undefined): Promise<TaskFacts> {
    const facts = await this.driver.inspect(this.ownRef(task), options)
    return { ...facts, reading: this.#reading(facts.reading) }
  }

  apply(command: QueueCommand): Promise<CommandReply> {
    const reply = this.driver.apply(command)
    return BRINGING.has(command.kind) ? this.adds(reply) : reply
  }

  /** The call may bring something that can be claimed, also where its reply is lost. */
  adds<T>(call: Promise<T>): Promise<T> {
    return call.finally(() => this.#stored(this.index))
  }

  outer(n: string): string {
    return numberAt(this.index, n)
  }

  /** A task that is in this partition, if it is at all. */
  readonly ownRef = (task: TaskRef): TaskRef => {
    return 'id' in task ? task : { n: this.own(task.n) }
  }

  /** A number as it is known here. */
  own(n: string): string {
    const place = placeOfNumber(n)
    return place?.index === this.index ? place.own : UNKNOWN
  }

  #ownLease(lease: string): string {
    const place = placeOfLease(lease)
    return place?.index === this.index ? place.own : lease
  }

  readonly #settlement = (settlement: Settlement): Settlement => {
    return { ...settlement, lease: this.#ownLease(settlement.lease) }
  }

  #claimed(task: ClaimedTask): ClaimedTask {
    return { ...task, n: this.outer(task.n), lease: leaseAt(this.index, task.lease) }
  }

  #reading(reading: TaskReading): TaskReading {
    return reading.state === 'unknown' ? reading : { ...reading, n: this.outer(reading.n) }
  }

  #hint(hint: Hint): Hint {
    switch (hint.kind) {
      case 'ended':
      case 'progress':
        return { ...hint, n: this.outer(hint.n) }
      case 'cancel':
        return { ...hint, lease: leaseAt(this.index, hint.lease) }
      case 'grant':
        // None is asked for.
        return { kind: 'work' }
      default:
        return hint
    }
  }
}
