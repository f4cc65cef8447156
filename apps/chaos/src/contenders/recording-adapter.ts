import type { Adapter, ClaimedTask, QueueAdmin, QueueDriver, Settlement, Turn } from '@mq/core'
import type { Happening } from '../history/event.ts'
import { recorderOf } from '../history/recorder.ts'
import type { Recorder } from '../history/recorder.ts'
import { FLOW_QUEUES, QUEUE } from './contender.ts'
import { rememberFirstSent } from './first-sent.ts'
import { overhearGroup } from './overhear-group.ts'

type SettleEvent = Extract<
  Happening,
  { readonly ev: 'settle.invoke' | 'settle.ok' | 'settle.stale' | 'settle.unknown' }
>

export interface Overheard {
  readonly adapter: Adapter
  /**
   * The storage's number of a delivery, by its fence and task: partitions count fences apart. Once: what was asked for
   * is forgotten, or a long run would grow by it.
   */
  numberOf(fence: number, task: number, queue?: string): string | undefined
  /** The number that a payload's task got. Once, too. */
  receiptOf(task: number): string | undefined
}

/** The same adapter; what passes the port is written down: claims, extensions, settlements and how each ended. */
export function overhear(adapter: Adapter, recorder: Recorder): Overheard {
  const numbers = new Map<string, string>()
  const receipts = new Map<number, string>()
  return {
    numberOf: (fence, task, queue = QUEUE) => taken(numbers, `${queue} ${fence} ${task}`),
    receiptOf: (task) => taken(receipts, task),
    adapter: {
      ...adapter,
      open(environment) {
        const storage = adapter.open(environment)
        return {
          ...storage,
          queue(name, options) {
            const own = FLOW_QUEUES.includes(name) ? recorderOf(recorder, name) : recorder
            return overhearQueue(
              name,
              storage.queue(name, options),
              own,
              numbers,
              receipts,
              namesIn(options?.partition),
            )
          },
          channel(name, options) {
            const driver = storage.channel(name, options)
            return {
              ...driver,
              group: (group, start) => overhearGroup(group, driver.group(group, start), recorder),
            }
          },
        }
      },
    },
  }
}

/** Of its header. */
function keyOf({ header }: ClaimedTask): string | undefined {
  return header === '' ? undefined : (JSON.parse(header) as { readonly key?: string }).key
}

/** Each payload here says it. */
function taskOf({ payload }: Pick<ClaimedTask, 'payload'>): number {
  return (JSON.parse(payload) as { readonly task: number }).task
}

/** Numbers and leases as the whole queue has them. */
interface Names {
  of(n: string): string
  ofLease(lease: string): { readonly n: string; readonly lease: string }
}

/** docs/partitions.md: two digits more say where. */
function namesIn(partition: { readonly index: number; readonly place?: number | undefined } | undefined): Names {
  const end = partition === undefined ? '' : String(partition.place ?? partition.index).padStart(2, '0')
  return {
    of: (n) => `${n}${end}`,
    ofLease(lease) {
      const [own = '', run = ''] = lease.split('#')
      return { n: `${own}${end}`, lease: `${own}${end}#${run}` }
    },
  }
}

function taken<K>(map: Map<K, string>, key: K): string | undefined {
  const value = map.get(key)
  map.delete(key)
  return value
}

function overhearQueue(
  queue: string,
  driver: QueueDriver & QueueAdmin,
  recorder: Recorder,
  numbers: Map<string, string>,
  receipts: Map<number, string>,
  names: Names,
): QueueDriver & QueueAdmin {
  const say = (ev: SettleEvent['ev'], { lease, kind }: Settlement, servedAt?: number): void => {
    recorder.write({ ev, ...names.ofLease(lease), kind, servedAt })
  }
  const firstSentAt = rememberFirstSent(() => recorder.now())
  const took = (task: ClaimedTask, from: number, firstGivenAt?: number): void => {
    const { fence, claimedAt: givenAt } = task
    const { n, lease } = names.ofLease(task.lease)
    numbers.set(`${queue} ${fence} ${taskOf(task)}`, n)
    recorder.write({ ev: 'claim', n, lease, fence, from, firstGivenAt, givenAt, key: keyOf(task) })
  }
  /** The storage's clock minus the recorder's, at the least. */
  let aheadMs = 0
  /** A worker that ends begins no grant that comes later, and the storage gives it to another. */
  let ended = false
  const heard: Partial<QueueDriver & QueueAdmin> = {
    async enqueue(batch) {
      const answers = await driver.enqueue(batch)
      answers.forEach((receipt, i) => {
        if ('n' in receipt) receipts.set(taskOf(batch.tasks[i]!), names.of(receipt.n))
      })
      return answers
    },
    async settleAndClaim(turn: Turn) {
      const from = firstSentAt(turn)
      ended ||= turn.last === true
      for (const settlement of turn.settlements) say('settle.invoke', settlement)
      try {
        const reply = await driver.settleAndClaim(turn)
        const stale = new Set(reply.stale)
        const servedAt = turn.repeat ? 0 : reply.at
        turn.settlements.forEach((settlement, i) =>
          say(stale.has(i) ? 'settle.stale' : 'settle.ok', settlement, servedAt),
        )
        if (reply.at !== undefined) aheadMs = reply.at - from
        // A grant was given when its task was enqueued, and is given again with a new lease.
        for (const task of reply.claimed)
          took(task, from, task.lease === reply.granted ? task.enqueuedAt - aheadMs : undefined)
        return reply
      } catch (error) {
        for (const settlement of turn.settlements) say('settle.unknown', settlement)
        throw error
      }
    },
    listen: (listener) =>
      driver.listen((hint) => {
        if (hint.kind === 'grant' && !ended) took(hint.task, Math.min(recorder.now(), hint.task.claimedAt - aheadMs))
        listener(hint)
      }),
    async apply(command) {
      if (command.kind !== 'redrive') return driver.apply(command)
      const letters = command.tasks.map(({ n, diedAt = 0 }) => ({ n: names.of(n), diedAt }))
      for (const letter of letters) recorder.write({ ev: 'redrive.invoke', ...letter })
      const reply = await driver.apply(command)
      const refused = new Set(reply.refused)
      letters.forEach((letter, i) => {
        recorder.write({ ev: refused.has(i) ? 'redrive.refused' : 'redrive.ok', ...letter })
      })
      return reply
    },
    async extend(leases, leaseMs) {
      const from = recorder.now()
      const states = await driver.extend(leases, leaseMs)
      states.forEach((state, i) => {
        if (state === 'held') recorder.write({ ev: 'extend.ok', ...names.ofLease(leases[i]!), from })
      })
      return states
    },
  }
  return new Proxy(driver, {
    get(target, verb) {
      const owner = verb in heard ? heard : target
      const member: unknown = Reflect.get(owner, verb)
      return typeof member === 'function' ? member.bind(owner) : member
    },
  })
}
