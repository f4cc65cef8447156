import type { EndState } from '../end-state/end-state.ts'
import type { HistoryEvent } from '../history/event.ts'
import type { Expectations } from './expectations.ts'
import { taskIn } from './payload.ts'

/**
 * Divides the tasks, so that a long history can be judged in parts. What belongs together is in the same shard: a task
 * and each number that it was given, and tasks that share a number or an id.
 */
export class Shards {
  readonly #count: number
  /** The task with which each number and each id was seen first. */
  readonly #byNumber = new Map<string, number>()
  readonly #byId = new Map<string, number>()
  /** Of a task that belongs to the shard of another: that one. */
  readonly #joined = new Map<number, number>()

  constructor(count: number) {
    this.#count = count
  }

  see(event: HistoryEvent): void {
    if ('task' in event && 'n' in event && event.n !== undefined) this.#see(this.#byNumber, event.n, event.task)
    else if (event.ev === 'enqueue.invoke' && event.id !== undefined) this.#see(this.#byId, event.id, event.task)
  }

  seeState({ tasks, dead }: EndState): void {
    for (const { n, payload } of [...tasks, ...dead]) this.#see(this.#byNumber, n, taskIn(payload))
  }

  has(shard: number, event: HistoryEvent): boolean {
    if (!isOfTask(event)) return IN_EACH.has(event.ev)
    return shard === ('task' in event ? this.#ofTask(event.task) : this.#ofNumber((event as { readonly n: string }).n))
  }

  stateOf(shard: number, state: EndState): EndState {
    const isHere = ({ n }: { readonly n: string }): boolean => this.#ofNumber(n) === shard
    const { tasks, dead, ended, outcomes } = state
    const own = { tasks: tasks.filter(isHere), dead: dead.filter(isHere), ended: ended.filter(isHere) }
    return { ...state, ...own, outcomes: outcomes?.filter(isHere) }
  }

  expectedOf(shard: number, expected: Expectations): Expectations {
    const buried = [...(expected.buried ?? [])].filter(([task]) => this.#ofTask(task) === shard)
    return { ...expected, buried: new Map(buried) }
  }

  #see<K>(seen: Map<K, number>, key: K, task: number): void {
    if (this.#count === 1) return
    const first = seen.get(key)
    if (first === undefined) seen.set(key, task)
    else this.#join(first, task)
  }

  #join(one: number, other: number): void {
    const [from, to] = [this.#rootOf(one), this.#rootOf(other)]
    if (!Object.is(from, to)) this.#joined.set(from, to)
  }

  #rootOf(task: number): number {
    let root = task
    for (let next = this.#joined.get(root); next !== undefined; next = this.#joined.get(root)) root = next
    return root
  }

  /** NaN, of what is not a payload of the harness, is in the first. */
  #ofTask(task: number): number {
    return this.#rootOf(task) % this.#count || 0
  }

  #ofNumber(n: string): number {
    const task = this.#byNumber.get(n)
    // It was claimed, and no other event names it.
    return task === undefined ? n.length % this.#count : this.#ofTask(task)
  }
}

/** Whether it is about one task. All others are about the run. */
export function isOfTask({ ev }: HistoryEvent): boolean {
  return OF_TASKS.has(ev)
}

const OF_TASKS: ReadonlySet<HistoryEvent['ev']> = new Set([
  'enqueue.invoke',
  'enqueue.ok',
  'enqueue.unknown',
  'enqueue.failed',
  'claim',
  'extend.ok',
  'start',
  'end',
  'abort',
  'settle.invoke',
  'settle.ok',
  'settle.stale',
  'settle.unknown',
  'cancel.invoke',
  'cancel.ok',
  'cancel.too-late',
  'cancel.unknown',
  'redrive.invoke',
  'redrive.ok',
  'redrive.refused',
  'await',
  'answer',
])

/** Events about the run by which each task is judged. */
const IN_EACH: ReadonlySet<HistoryEvent['ev']> = new Set(['pause.ok', 'resume.invoke'])
