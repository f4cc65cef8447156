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
import { TimeHeap } from './time-heap.ts'
import type { Timed } from './time-heap.ts'

/** Blocked tasks are among the delayed ones, due then: never. */
export const BLOCKED_AT = 4e15

/** Of a task that runs after others. */
interface Family extends TaskFamily {
  readonly delayMs: number
  /** By the index of the parent. */
  ends: (ParentEnd | undefined)[]
  heard: number
}

/** `at`: somebody has taken it over until then. */
interface OpenChore extends Timed {
  readonly kind: Chore['kind']
  readonly n: number
  readonly token: string
  readonly outcome?: StoredOutcome | undefined
  readonly body?: string | undefined
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
  readonly #chores = new Map<string, OpenChore>()
  readonly #choresByTime = new TimeHeap<OpenChore>()
  #order = 0
  #tokens = 0

  /** Whether anything of it was ever used. */
  get isUsed(): boolean {
    return this.#families.size + this.#children.size + this.#chores.size > 0
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

  add(n: number, family: TaskFamily, delayMs: number, now: number, isKnown: (n: number) => boolean): void {
    this.#forgetSome(isKnown)
    this.#families.set(n, { ...family, delayMs, ends: [], heard: 0 })
    this.#chore({ kind: 'check', n, token: NEW_TOKEN }, now + CHORE_MS)
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
    return this.#chores.get(`relay ${n}`)?.outcome
  }

  /** A task ended. Whether that made a chore. */
  ended(n: number, outcome: StoredOutcome, now: number): boolean {
    const family = this.#families.get(n)
    // A dead one may run again.
    if (family !== undefined && outcome.state !== 'dead') family.ends = []
    if (!this.#children.has(n)) return false
    this.#chore({ kind: 'relay', n, token: this.#newToken(), outcome }, now)
    return true
  }

  /** A task was completed with this text. */
  follow(n: number, body: string, now: number): void {
    this.#chore({ kind: 'next', n, token: this.#newToken(), body }, now)
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
    this.#chore({ kind: 'check', n, token: this.#newToken() }, now)
    return true
  }

  /** When somebody has to do something; also in the past. */
  get chores(): number {
    return this.#chores.size
  }

  get choreAt(): number | undefined {
    return this.#choresByTime.first?.at
  }

  takeChores(limit: number, now: number): Chore[] {
    const taken: Chore[] = []
    let bytes = 0
    while (taken.length < limit && bytes <= MAX_BATCH_BYTES) {
      const chore = this.#choresByTime.first
      if (chore === undefined || chore.at > now) break
      this.#choresByTime.move(chore, now + CHORE_MS)
      bytes += (chore.body ?? chore.outcome?.body ?? '').length
      taken.push(this.#taken(chore))
    }
    return taken
  }

  finish({ kind, n, token }: Pick<Chore, 'kind' | 'n' | 'token'>, now: number): void {
    const chore = this.#chores.get(`${kind} ${Number(n)}`)
    if (chore === undefined) return
    if (chore.token === token) this.#remove(chore)
    else this.#choresByTime.move(chore, now)
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
    const { depth, onDead, parents, ends, heard } = family
    const members: FamilyMember[] = []
    let bytes = 0
    let index = from
    for (; index < parents.length && members.length < limit && bytes < MAX_BATCH_BYTES; index++) {
      const end = ends[index]
      if (end !== undefined && end.state !== 'unknown') bytes += (end.body ?? '').length
      members.push({ ...parents[index]!, index, ...(end === undefined ? undefined : { end }) })
    }
    const page = { n: String(n), depth, onDead, count: parents.length, heard, blocked, parents: members }
    return index < parents.length ? { ...page, next: index } : page
  }

  #taken({ kind, n: number, token, outcome, body }: OpenChore): Chore {
    const n = String(number)
    if (kind === 'check') return { kind, n, token }
    if (kind === 'next') return { kind, n, token, body: body! }
    return { kind, n, token, outcome: outcome!, ...this.childrenOf({ n, limit: FIRST_CHILDREN }) }
  }

  #chore(facts: Omit<OpenChore, keyof Timed>, at: number): void {
    const before = this.#chores.get(`${facts.kind} ${facts.n}`)
    if (before !== undefined) this.#remove(before)
    const chore: OpenChore = { ...facts, at, order: this.#order++, slot: 0 }
    this.#chores.set(`${chore.kind} ${chore.n}`, chore)
    this.#choresByTime.add(chore)
  }

  #remove(chore: OpenChore): void {
    this.#chores.delete(`${chore.kind} ${chore.n}`)
    this.#choresByTime.remove(chore)
  }

  #newToken(): string {
    return String(++this.#tokens)
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
