import type { Clock } from '../../clock.ts'
import { Claims } from '../../partitions/claims.ts'
import { HintsOver } from '../../partitions/hints-over.ts'
import type { Home } from '../../partitions/home.ts'
import { extendOver, noteOver } from '../../partitions/leases-over.ts'
import { fixedPartitions } from '../../partitions/partitions.ts'
import type { Partitions } from '../../partitions/partitions.ts'
import { TurnsByPlace } from '../../partitions/turns-by-place.ts'
import type { GroupDriver } from '../../ports/group-driver.ts'
import type { Hint } from '../../ports/hint.ts'
import type { Note } from '../../ports/note.ts'
import type { QueueAdmin } from '../../ports/queue-admin.ts'
import type { LeaseState, QueueDriver, Turn, TurnReply } from '../../ports/queue-driver.ts'
import type { Subscription } from '../../ports/subscription.ts'

/** The calls that a member makes in one partition. */
export interface MemberCalls extends Pick<GroupDriver, 'extend' | 'note' | 'listen'> {
  settleAndClaim(turn: Turn): Promise<TurnReply>
}

export interface PartitionedMemberParts {
  /** In each partition. */
  readonly calls: readonly MemberCalls[]
  readonly clock: Clock
  readonly closed: AbortSignal
  readonly onError: (error: Error) => void
  readonly home: Home
  /** See `Width.sure`. */
  readonly sure: () => Promise<void> | undefined
  /** A partition that hears nothing of a member for three times as long forgets its group, ms. */
  readonly touchEachMs: number
}

/**
 * One member of a group for its worker: what it is in each partition, with one claimer over all, as a worker of a queue
 * with partitions. So its handlers are shared by all of them.
 */
export class PartitionedMember implements MemberCalls {
  readonly #parts: PartitionedMemberParts
  readonly #partitions: Partitions
  readonly #turns: TurnsByPlace
  readonly #claims: Claims
  readonly #hearing: HintsOver
  /** When each partition was called last. */
  readonly #calledAt: number[]

  constructor(parts: PartitionedMemberParts) {
    const { calls, clock, closed, onError, home } = parts
    this.#parts = parts
    this.#calledAt = calls.map(() => clock.now())
    const drivers = calls.map((member, index) => {
      // A queue's driver as far as turns need it.
      const driver = { ...bound(member), settleAndClaim: (turn: Turn) => this.#call(index, turn) }
      return driver as unknown as QueueDriver & QueueAdmin
    })
    const partitions = fixedPartitions(drivers, home.stored)
    this.#partitions = partitions
    this.#turns = new TurnsByPlace({ clock, closed, onError, onBack: (index) => this.#isBack(index) })
    this.#turns.moved(partitions.all, [])
    this.#hearing = new HintsOver({
      clock,
      partitions,
      onError,
      onWork: (index) => this.#claims.hinted(index),
      onInterruption: (index) => this.#claims.interrupted(index),
      onSealed: () => undefined,
    })
    this.#claims = new Claims({
      clock,
      partitions,
      turns: this.#turns,
      marks: home.marks,
      sharedBy: undefined,
      checkLimits: () => undefined,
      hears: (index) => this.#hearing.hears(index),
      onHold: async () => undefined,
      wholeOf: async () => undefined,
    })
  }

  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    await this.#parts.sure()
    const reply = await this.#claims.settleAndClaim(turn)
    this.#touch()
    return reply
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    const { clock, home } = this.#parts
    await this.#parts.sure()
    this.#touch()
    return extendOver({ clock, partitions: this.#partitions, marks: home.marks }, leases, leaseMs)
  }

  async note(notes: readonly Note[]): Promise<readonly boolean[]> {
    await this.#parts.sure()
    return noteOver(this.#partitions, notes)
  }

  listen(listener: (hint: Hint) => void): Promise<Subscription> {
    return this.#hearing.listen(listener)
  }

  /** Resolves when what it settled is known of all partitions. */
  async settledBy(worker: string): Promise<void> {
    await this.#turns.settled(worker)
  }

  #call(index: number, turn: Turn): Promise<TurnReply> {
    this.#calledAt[index] = this.#parts.clock.now()
    return this.#parts.calls[index]!.settleAndClaim(turn)
  }

  /** A partition in which nothing is done would forget the group, however busy its members are elsewhere. */
  #touch(): void {
    const { clock, touchEachMs } = this.#parts
    const before = clock.now() - touchEachMs
    this.#calledAt.forEach((at, index) => {
      if (at > before) return
      this.#calledAt[index] = clock.now()
      void this.#turns.at(index)!.touch()
    })
  }

  /** What was left open there is known: it looks at it again. */
  #isBack(index: number): void {
    this.#claims.interrupted(index)
    this.#hearing.tell({ kind: 'work' })
  }
}

function bound(member: MemberCalls): Omit<MemberCalls, 'settleAndClaim'> {
  return {
    extend: (leases, leaseMs) => member.extend(leases, leaseMs),
    note: (notes) => member.note(notes),
    listen: (listener) => member.listen(listener),
  }
}
