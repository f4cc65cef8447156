import type { ClaimedTask, GroupTurn, GroupTurnReply, Settlement } from '@mq/core'
import { eventually } from './eventually.ts'

let lanes = 0

/** Of a queue, or of a group. */
interface TurnDriver {
  settleAndClaim(turn: GroupTurn): Promise<GroupTurnReply>
}

/** One lane of a worker at the port: it claims and settles. */
export class WorkerLane {
  readonly lane: string = `w${++lanes}.0`
  readonly #driver: TurnDriver
  #seq = 0

  constructor(driver: TurnDriver) {
    this.#driver = driver
  }

  turn(turn: Partial<GroupTurn> = {}): Promise<GroupTurnReply> {
    return this.#driver.settleAndClaim(this.next(turn))
  }

  /** The turn that comes next, unsent. */
  next(turn: Partial<GroupTurn> = {}): GroupTurn {
    return {
      lane: this.lane,
      seq: ++this.#seq,
      repeat: false,
      settlements: [],
      want: 0,
      maxBytes: 4_194_304,
      leaseMs: 30_000,
      keepResults: true,
      awaitWork: false,
      ...turn,
    }
  }

  async claim(want = 1_000, turn: Partial<GroupTurn> = {}): Promise<readonly ClaimedTask[]> {
    return (await this.turn({ want, ...turn })).claimed
  }

  /** Claims one task, which must be there. */
  async claimOne(turn: Partial<GroupTurn> = {}): Promise<ClaimedTask> {
    const [task] = await this.claim(1, turn)
    if (task === undefined) throw new Error('there should have been a task to claim')
    return task
  }

  /** Claims one task as soon as there is one. */
  claimSoon(turn: Partial<GroupTurn> = {}): Promise<ClaimedTask> {
    return eventually(async () => (await this.claim(1, turn))[0], 'a task to claim')
  }

  /** Settles, and answers the indices of those that were stale. */
  async settle(...settlements: Settlement[]): Promise<readonly number[]> {
    return (await this.turn({ settlements })).stale
  }

  complete(...tasks: readonly { readonly lease: string }[]): Promise<readonly number[]> {
    return this.settle(...tasks.map(({ lease }) => ({ kind: 'complete', lease }) as const))
  }

  /** Finds nothing, and is told when there is something. */
  async fallAsleep(): Promise<void> {
    const found = await this.claim(1, { awaitWork: true })
    if (found.length > 0) throw new Error('there should have been nothing to claim')
  }

  /** Claims and completes until nothing is left; answers all in the order in which they were given. */
  async drain(turn: Partial<GroupTurn> = {}): Promise<ClaimedTask[]> {
    const all: ClaimedTask[] = []
    for (;;) {
      const { claimed, nextDueInMs } = await this.turn({ want: 1_000, ...turn })
      all.push(...claimed)
      if (claimed.length > 0) await this.complete(...claimed)
      else if (nextDueInMs !== 0) return all
    }
  }
}
