import type { EnqueueBatch, NewTask, Receipt } from '@mq/core/adapter'
import { checkBatch, MAX_GRANT_BYTES, MAX_GRANT_MS } from '@mq/core/adapter'
import type { HintPost } from './hint-post.ts'
import { outlookOn, wakeIfSooner } from './claimable.ts'
import type { QueueState } from './queue-state.ts'
import { claimedTask } from './task-record.ts'
import type { TaskRecord } from './task-record.ts'

/** More than a call can end, so that ids are forgotten as fast as they are added. */
const MOST_FORGOTTEN = 2_000
/** More than a call can add, so that a queue that grew beyond its bound comes back to it. */
const MOST_DISPLACED = 2_000

/** Checks the batch, then returns the reply of the same batch before, or adds it: all or nothing happens. */
export function enqueue(queue: QueueState, batch: EnqueueBatch, post: HintPost): readonly Receipt[] {
  checkBatch(batch)
  const { lane, seq, tasks, capacity } = batch
  const replayed = queue.producers.replay(lane, seq)
  if (replayed) return replayed

  queue.endsKept = batch.outcomes ?? queue.endsKept
  const now = queue.clock.now()
  const waitedBefore = queue.ready.size
  const before = outlookOn(queue, now)
  queue.ids.forgetEnded(now, MOST_FORGOTTEN)
  if (batch.seals === true) queue.seal(now)
  const refusal = batch.atomic ? (movedOf(queue, batch, now) ?? refusalOf(queue, batch, now)) : undefined
  // For an atomic batch there is room for all, or it was refused.
  const bounds = batch.displace || batch.atomic ? {} : batch
  const receipts =
    refusal ??
    tasks.map((task) => {
      return queue.sealed && !batch.atomic && !isAtHome(queue, task, now)
        ? moved(queue, task)
        : add(queue, task, bounds, now)
    })
  if (batch.displace) {
    const isTaken = (_: NewTask, i: number): boolean => receipts[i]!.state === 'accepted'
    displace(queue, tasks.filter(isTaken), batch, now)
  }
  const full = batch.awaitRoom ? receipts.filter(isFull) : []
  // Whatever else waits, the key may have room.
  if (full.length > 0) queue.room.add(post, full.some(({ of }) => of === 'key') ? Infinity : capacity!)
  queue.producers.keep(lane, seq, receipts, now)
  const isFirst = waitedBefore === 0 && queue.ready.size === 1 && !(before.dueAt !== undefined && before.dueAt <= now)
  if (isFirst && wakeWithTask(queue, now)) return receipts
  wakeIfSooner(
    queue,
    before,
    now,
    receipts.some((receipt) => isServed(queue, receipt)),
  )
  return receipts
}

/** Whether it is new, and no limit of its key keeps it waiting. */
function isServed(queue: QueueState, receipt: Receipt): boolean {
  const task = receipt.state === 'accepted' ? queue.task(Number(receipt.n)) : undefined
  return task !== undefined && queue.ready.isServed(task)
}

/**
 * The only task that waits is new. Where a worker sleeps that takes it, the hint brings it along. False: no hint may.
 */
function wakeWithTask(queue: QueueState, now: number): boolean {
  const { ready, leases, limits, paused } = queue
  const task = limits.isUsed(now) ? undefined : ready.first
  const isOver = leases.nextDeadline !== undefined && leases.nextDeadline <= now
  if (task === undefined || task.runs > 0 || task.bytes > MAX_GRANT_BYTES || paused || isOver) return false
  queue.idle.grantOne(({ worker, post }, leaseMs) => {
    if (!post.isHeard) return false
    ready.take(task, now)
    leases.send(task, worker, post, now + Math.min(leaseMs, MAX_GRANT_MS))
    return post.send({ kind: 'grant', worker, task: claimedTask(task, queue.clock.epochMs(now)) })
  })
  return true
}

/**
 * Room is made for the new ones: the oldest of the lowest levels of each key are buried, then, of all, suspects and the
 * oldest of the lowest levels.
 */
function displace(queue: QueueState, added: readonly NewTask[], bounds: CapacityBounds, now: number): void {
  const { ready } = queue
  const { capacity = Infinity, keyCapacity = Infinity } = bounds
  if (added.length === 0) return
  const bury = (excess: number, oldest: () => TaskRecord | undefined): void => {
    let task: TaskRecord | undefined
    for (let left = Math.min(excess, MOST_DISPLACED); left > 0 && (task = oldest()); left--) {
      queue.bury(task, 'displaced', '', now)
      queue.displaced++
    }
  }
  for (const key of new Set(added.flatMap((task) => task.key ?? []))) {
    bury(ready.keyed.waitingOf(key) - keyCapacity, () => ready.keyed.lowestOf(key))
  }
  bury(ready.size - capacity, () => ready.firstSuspect ?? ready.lowest)
}

/** Whether it has its home here, in a queue that is sealed: what it names is known, or its key has tasks. */
function isAtHome(queue: QueueState, task: NewTask, now: number): boolean {
  if (task.key !== undefined && queue.isHomeOf(task.key, now)) return true
  return (knownReceipt(queue, task, now) ?? (task.replace ? standingFor(queue, task, now) : undefined)) !== undefined
}

/** It is stored elsewhere, and so is from now on its id, if that is of a task that ended. */
function moved(queue: QueueState, { id, replace }: NewTask): Receipt {
  if (replace && id !== undefined) queue.ids.forget(id)
  return MOVED
}

/** The receipts of an atomic batch of which some is not at home here. */
function movedOf(queue: QueueState, { tasks }: EnqueueBatch, now: number): readonly Receipt[] | undefined {
  if (!queue.sealed) return undefined
  const isNamed = ({ key, dedupe, id }: NewTask): boolean => (key ?? dedupe ?? id) !== undefined
  const named = tasks.filter(isNamed)
  // Those that may be anywhere are where the others are.
  const isHome = named.length > 0 && named.every((task) => isAtHome(queue, task, now))
  const areHere = tasks.map((task) => (isNamed(task) ? isAtHome(queue, task, now) : isHome))
  if (areHere.every(Boolean)) return undefined
  // Stored elsewhere as a whole, or not at all.
  return areHere.some(Boolean)
    ? areHere.map((isHere) => (isHere ? FULL : MOVED))
    : tasks.map((task) => moved(queue, task))
}

type CapacityBounds = Pick<EnqueueBatch, 'capacity' | 'keyCapacity'>

function add(queue: QueueState, task: NewTask, bounds: CapacityBounds, now: number): Receipt {
  const { capacity = Infinity, keyCapacity = Infinity } = bounds
  const known = knownReceipt(queue, task, now)
  if (known) return known
  const old = task.replace ? standingFor(queue, task, now) : undefined
  const place = old?.place === 'waiting' ? old : undefined
  if (!isLater(task) && place === undefined && queue.ready.size >= capacity) return FULL
  const { key } = task
  if (!isLater(task) && key !== undefined && (place === undefined || place.aside || place.key !== key)) {
    if (queue.ready.keyed.waitingOf(key) >= keyCapacity) return KEY_FULL
  }
  if (old) queue.stray(key, now)
  if (old) queue.end(old, { state: 'cancelled', endedAt: queue.clock.epochMs(now), body: 'replaced' }, now, true)
  return { state: 'accepted', n: String(queue.add(task, now).n) }
}

/** It does not wait yet. */
function isLater({ delayMs, after }: NewTask): boolean {
  return delayMs > 0 || after !== undefined
}

/** The receipts of an atomic batch that cannot be added as a whole. */
function refusalOf(
  queue: QueueState,
  { tasks, capacity, keyCapacity, displace: refusesNone }: EnqueueBatch,
  now: number,
): readonly Receipt[] | undefined {
  const inBatch = new Map<
    string,
    { readonly payload: string; readonly waits: boolean; readonly key?: string | undefined }
  >()
  const ofKeys = new KeyRoom(queue, refusesNone ? undefined : keyCapacity)
  let waiting = queue.ready.size
  let conflicts = 0
  const receipts = tasks.map((task): Receipt => {
    const { id, dedupe } = task
    const waits = !isLater(task)
    const name = dedupe ? `~${dedupe.key}` : id
    // A key belongs to a task whatever its payload.
    const payload = dedupe ? '' : task.payload
    const earlier = name === undefined ? undefined : inBatch.get(name)
    const known = earlier === undefined ? knownReceipt(queue, task, now) : undefined
    if (known === undefined && (earlier === undefined || task.replace)) {
      // A delayed task of the batch does not wait: a task that replaces it and waits needs room.
      const old = task.replace && earlier === undefined ? standingFor(queue, task, now) : undefined
      const takesPlace = task.replace && (earlier?.waits ?? old?.place === 'waiting')
      if (name !== undefined) inBatch.set(name, { payload, waits, key: task.key })
      if (waits && !takesPlace) waiting++
      const before = takesPlace && !old?.aside ? (earlier ?? old)?.key : undefined
      if (waits && task.key !== undefined && before !== task.key && !ofKeys.take(task.key)) return KEY_FULL
    }
    const isSame = earlier === undefined || earlier.payload === payload || task.replace === true
    const receipt = known ?? (isSame ? FULL : { state: 'conflict', n: '0' })
    if (receipt.state === 'conflict') conflicts++
    return receipt
  })
  const hasRoom = refusesNone || capacity === undefined || waiting <= capacity || waiting === queue.ready.size
  return hasRoom && conflicts === 0 && !ofKeys.lacked ? undefined : receipts
}

/** How many more tasks of each key may wait. */
class KeyRoom {
  readonly #queue: QueueState
  readonly #most: number
  readonly #taken = new Map<string, number>()
  lacked = false

  constructor(queue: QueueState, most = Infinity) {
    this.#queue = queue
    this.#most = most
  }

  /** False where there is none. */
  take(key: string): boolean {
    const taken = this.#taken.get(key) ?? 0
    const isTaken = this.#queue.ready.keyed.waitingOf(key) + taken < this.#most
    if (isTaken) this.#taken.set(key, taken + 1)
    else this.lacked = true
    return isTaken
  }
}

/** The receipt of a task whose id already belongs to one. */
function knownReceipt(queue: QueueState, task: NewTask, now: number): Receipt | undefined {
  const { id, dedupe, payload } = task
  if (task.replace) {
    const old = standingFor(queue, task, now)
    return old?.place === 'leased' ? { state: 'conflict', n: String(old.n) } : undefined
  }
  if (dedupe !== undefined) {
    const same = queue.keys.find(dedupe.key, now)
    return same === undefined ? undefined : { state: 'existing', n: String(same) }
  }
  if (id === undefined) return undefined
  const number = queue.ids.find(id, now)
  if (number === undefined) return undefined
  const alive = queue.task(number)
  const isSame = alive ? alive.payload === payload : queue.ids.hadPayload(id, payload)
  return { state: isSame ? 'existing' : 'conflict', n: String(number) }
}

/** The pending task to which the id or key of a new one belongs. */
function standingFor(queue: QueueState, { id, dedupe }: NewTask, now: number): TaskRecord | undefined {
  const number = dedupe ? queue.keys.find(dedupe.key, now) : id === undefined ? undefined : queue.ids.find(id, now)
  return number === undefined ? undefined : queue.task(number)
}

type Full = Extract<Receipt, { state: 'full' }>

const MOVED: Receipt = { state: 'moved' }
const FULL: Full = { state: 'full' }
const KEY_FULL: Full = { state: 'full', of: 'key' }

function isFull(receipt: Receipt): receipt is Full {
  return receipt.state === 'full'
}
