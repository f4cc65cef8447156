import type { CancelEvent, Claimed, HistoryEvent, RedriveEvent, SettleEvent, Started } from '../history/event.ts'
import type { Circumstances } from './circumstances.ts'

type At<E> = E & { readonly at: number; readonly proc: string }
type Of<K extends HistoryEvent['ev']> = Extract<HistoryEvent, { readonly ev: K }>

export interface TaskAccount {
  readonly task: number
  sha: string | undefined
  readonly ids: Set<string>
  invokedAt: number
  delayMs: number
  okAt: number | undefined
  unknown: boolean
  failed: boolean
  /** Its numbers in the storage, from receipts and starts, and when each was first seen. */
  readonly ns: Map<string, number>
  readonly starts: At<Started>[]
  readonly ends: Of<'end'>[]
}

/** What happened to the task with one number in the storage. */
export interface NumberAccount {
  readonly claims: At<Claimed>[]
  readonly starts: At<Started>[]
  readonly settles: At<SettleEvent>[]
  readonly extends: Of<'extend.ok'>[]
  readonly cancels: At<CancelEvent>[]
  readonly redrives: At<RedriveEvent>[]
}

/** A history by task and by number, with the faults of the run, in which every check looks things up. */
export interface Account extends Circumstances {
  readonly events: readonly HistoryEvent[]
  readonly tasks: ReadonlyMap<number, TaskAccount>
  readonly numbers: ReadonlyMap<string, NumberAccount>
}

export function takeAccount(events: readonly HistoryEvent[], circumstances: Circumstances): Account {
  const tasks = new Map<number, TaskAccount>()
  const numbers = new Map<string, NumberAccount>()
  const taskOf = (task: number): TaskAccount => remember(tasks, task, () => newTask(task))
  const numberOf = (n: string): NumberAccount =>
    remember(numbers, n, () => ({ claims: [], starts: [], settles: [], extends: [], cancels: [], redrives: [] }))
  const seenClaims = new Set<string>()

  for (const event of events) {
    switch (event.ev) {
      case 'enqueue.invoke': {
        const account = taskOf(event.task)
        account.invokedAt = Math.min(account.invokedAt, event.at)
        account.delayMs = event.delayMs ?? 0
        account.sha = event.sha
        if (event.id !== undefined) account.ids.add(event.id)
        break
      }
      case 'enqueue.ok':
        taskOf(event.task).okAt ??= event.at
        if (event.n !== undefined) see(taskOf(event.task), { n: event.n, at: event.at })
        break
      case 'enqueue.unknown':
        taskOf(event.task).unknown = true
        break
      case 'enqueue.failed':
        taskOf(event.task).failed = true
        break
      case 'claim': {
        // A repeated turn answers with the same claims.
        const key = `${event.proc} ${event.lease} ${event.fence}`
        if (!seenClaims.has(key)) numberOf(event.n).claims.push(event)
        seenClaims.add(key)
        break
      }
      case 'start':
        taskOf(event.task).starts.push(event)
        see(taskOf(event.task), event)
        numberOf(event.n).starts.push(event)
        break
      case 'end':
        taskOf(event.task).ends.push(event)
        break
      case 'extend.ok':
        numberOf(event.n).extends.push(event)
        break
      case 'cancel.invoke':
      case 'cancel.ok':
      case 'cancel.too-late':
      case 'cancel.unknown':
        numberOf(event.n).cancels.push(event)
        break
      case 'redrive.invoke':
      case 'redrive.ok':
      case 'redrive.refused':
        numberOf(event.n).redrives.push(event)
        break
      case 'settle.invoke':
      case 'settle.ok':
      case 'settle.stale':
      case 'settle.unknown':
        numberOf(event.n).settles.push(event)
        break
      default: // for the checks that look for it
    }
  }
  return { events, tasks, numbers, ...circumstances }
}

function newTask(task: number): TaskAccount {
  return {
    task,
    sha: undefined,
    ids: new Set(),
    invokedAt: Number.POSITIVE_INFINITY,
    delayMs: 0,
    okAt: undefined,
    unknown: false,
    failed: false,
    ns: new Map(),
    starts: [],
    ends: [],
  }
}

function see({ ns }: TaskAccount, { n, at }: { readonly n: string; readonly at: number }): void {
  if (!ns.has(n)) ns.set(n, at)
}

export function remember<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
