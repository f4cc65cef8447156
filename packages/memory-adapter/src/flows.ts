import type {
  ChildRef,
  ChildrenPage,
  ChildrenQuery,
  Chore,
  FamilyMember,
  FamilyPage,
  LinkReply,
  ParentEnd,
  StoredOutcome,
  TaskFamily,
} from '@mq/core/adapter'
import { CHORE_MS, MAX_BATCH_BYTES, NEW_TOKEN } from '@mq/core/adapter'
import { Chores } from './chores.ts'
import type { OpenChore } from './chores.ts'
import type { TaskRecord } from './task-record.ts'

/** Blocked tasks are among the delayed ones, due then: never. */
export const BLOCKED_AT = 4e15

/** Of a task that runs after others. */
interface Family extends TaskFamily {
  readonly id: string | undefined
  readonly delayMs: number
  /** By the index of the parent. */
  ends: (ParentEnd | undefined)[]
  heard: number
}

/** What the first of each chore shows of its children. */
const FIRST_CHILDREN = 100
/** Whose parents or children are gone is found by chance: so many are looked at with each that comes. */
const LOOKED_AT = 4

export type Decision = 'runs' | 'sinks' | undefined

/** The families of a queue's tasks, their children, and what is left to be done of that. */
export class Flows {
  readonly #families = new Map<number, Family>()
  /** By the number of the parent, by the name of the child. */
  readonly #children = new Map<number, Map<string, ChildRef>>()
  readonly chores: Chores = new Chores()

  /** Whether anything of it was ever used. */
  get isUsed(): boolean {
    return this.#families.size + this.#children.size + this.chores.size > 0
  }

  depthOf(n: number): number {
    return this.#families.get(n)?.depth ?? 0
  }

  delayOf(n: number): number {
    return this.#families.get(n)?.delayMs ?? 0
  }

  onDeadOf(n: number): TaskFamily['onDead'] {
    return this.#families.get(n)!.onDead
  }

  add(
    { n, id }: Pick<TaskRecord, 'n' | 'id'>,
    family: TaskFamily,
    delayMs: number,
    now: number,
    isKnown: (n: number) => boolean,
  ): void {
    this.#forgetSome(isKnown)
    this.#families.set(n, { ...family, id, delayMs, ends: [], heard: 0 })
    this.chores.add({ kind: 'check', n, token: NEW_TOKEN }, now + CHORE_MS)
  }

  /** The task is to be told of the end of this one. */
  link(parent: number, child: ChildRef, isKnown: (n: number) => boolean): void {
    this.#forgetSome(isKnown)
    let all = this.#children.get(parent)
    if (all === undefined) this.#children.set(parent, (all = new Map()))
    all.set(`${child.queue} ${child.n} ${child.index}`, child)
  }

  /** The end of a task whose relay is not done. */
  endOf(n: number): StoredOutcome | undefined {
    return this.chores.endOf(n)
  }

  /** A task ended. Whether that made a chore. */
  ended(n: number, outcome: StoredOutcome, now: number): boolean {
    const family = this.#families.get(n)
    if (family !== undefined) this.chores.unblocked(n)
    // A dead one may run again.
    if (family !== undefined && outcome.state !== 'dead') family.ends = []
    if (!this.#children.has(n)) return false
    this.chores.addNew({ kind: 'relay', n, outcome }, now)
    return true
  }

  /** A task was completed with this text. */
  follow(n: number, body: string, now: number): void {
    this.chores.addNew({ kind: 'next', n, body }, now)
  }

  /**
   * How a parent of a blocked task ended. `runs`: all ended, and it may. `sinks`: this one did not complete, and it
   * ends with it.
   */
  tell(n: number, index: number, end: ParentEnd): Decision {
    const family = this.#families.get(n)
    if (family === undefined || index >= family.parents.length) return undefined
    const before = family.ends[index]
    if (before !== undefined && before.endedAt > end.endedAt) return undefined
    if (before === undefined) family.heard++
    family.ends[index] = end
    if (end.state !== 'completed' && family.onDead !== 'run') return 'sinks'
    if (family.heard === family.parents.length) this.chores.unblocked(n)
    return family.heard === family.parents.length ? 'runs' : undefined
  }

  /** A dead child lives again: what it died of is forgotten. Whether it is blocked, to look again. */
  revive(n: number, now: number): boolean {
    const family = this.#families.get(n)
    if (family === undefined) return false
    if (family.onDead !== 'run') {
      family.ends = family.ends.map((end) => (end?.state === 'completed' ? end : undefined))
      family.heard = family.ends.filter((end) => end !== undefined).length
    }
    if (family.heard === family.parents.length) return false
    this.chores.addNew({ kind: 'check', n }, now)
    return true
  }

  takeChores(limit: number, now: number): Chore[] {
    return this.chores.take(limit, now).map((chore) => this.#taken(chore))
  }

  childrenOf({ n, after, limit }: ChildrenQuery): ChildrenPage {
    const all = this.#children.get(Number(n)) ?? new Map<string, ChildRef>()
    const names = [...all.keys()].sort()
    const behind = after === undefined ? names : names.filter((name) => name > after)
    const some = behind.slice(0, limit)
    const children = some.map((name) => all.get(name)!)
    return behind.length > limit ? { children, next: some.at(-1) } : { children }
  }

  familyOf(n: number, blocked: boolean, from: number, limit: number): FamilyPage | undefined {
    const family = this.#families.get(n)
    if (family === undefined) return undefined
    const { id, depth, onDead, parents, ends, heard } = family
    const members: FamilyMember[] = []
    let bytes = 0
    let index = from
    for (; index < parents.length && members.length < limit && bytes < MAX_BATCH_BYTES; index++) {
      const end = ends[index]
      if (end !== undefined && end.state !== 'unknown') bytes += (end.body ?? '').length
      members.push({ ...parents[index]!, index, ...(end === undefined ? undefined : { end }) })
    }
    const own = id === undefined ? undefined : { id }
    const page = { n: String(n), ...own, depth, onDead, count: parents.length, heard, blocked, parents: members }
    return index < parents.length ? { ...page, next: index } : page
  }

  #taken({ kind, n: number, token, looked, outcome, body }: OpenChore): Chore {
    const n = String(number)
    if (kind === 'check') return { kind, n, token, looked }
    if (kind === 'next') return { kind, n, token, body: body! }
    return { kind, n, token, outcome: outcome!, ...this.childrenOf({ n, limit: FIRST_CHILDREN }) }
  }

  /** The oldest whose tasks are not known any more. */
  #forgetSome(isKnown: (n: number) => boolean): void {
    for (const map of [this.#families, this.#children] as Map<number, unknown>[]) {
      let looked = 0
      for (const [n, value] of map) {
        if (looked++ === LOOKED_AT) break
        // To the end: it is looked at again when the others were.
        map.delete(n)
        if (isKnown(n)) map.set(n, value)
      }
    }
  }
}

/** What `link` answers of one that is not pending. */
export function linkReplyOf(outcome: StoredOutcome | undefined): LinkReply {
  return outcome === undefined ? { state: 'unknown' } : { state: 'ended', outcome }
}
