import { testAdapter } from '@mq/conformance'
import type { Adapter, QueueAdmin, QueueDriver } from '@mq/core/adapter'
import { createVirtualClock } from '@mq/core/testing'
import { describe, it } from 'vitest'
import { memoryAdapter } from '../src/index.ts'

type Queue = QueueDriver & QueueAdmin

/** Answers about thousands are of one shape. */
const MOST_SPELLED_OUT = 50

/** Every record in it has a member more, which is undefined. */
function spelledOut<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each, i) => (i < MOST_SPELLED_OUT ? spelledOut(each) : each)) as T
  const members = Object.entries(value).map(([name, member]) => [name, spelledOut(member)] as const)
  return { ...(Object.fromEntries(members) as T), absent: undefined }
}

/** As news comes over a network: what is undefined is not there. */
function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** An adapter that spells out what is undefined in its answers, and leaves it out of its hints. */
function remote(adapter: Adapter): Adapter {
  const far = (queue: Queue): Queue => ({
    enqueue: async (batch) => spelledOut(await queue.enqueue(batch)),
    endLanes: (lanes) => queue.endLanes(lanes),
    settleAndClaim: async (turn) => spelledOut(await queue.settleAndClaim(turn)),
    extend: async (leases, leaseMs) => spelledOut(await queue.extend(leases, leaseMs)),
    note: async (notes) => spelledOut(await queue.note(notes)),
    listen: (listener) => queue.listen((hint) => listener(throughJson(hint))),
    read: async (tasks, options) => spelledOut(await queue.read(tasks, options)),
    list: async (query) => spelledOut(await queue.list(query)),
    page: async (query) => spelledOut(await queue.page(query)),
    stats: async () => spelledOut(await queue.stats()),
    inspect: async (task, options) => spelledOut(await queue.inspect(task, options)),
    apply: async (command) => spelledOut(await queue.apply(command)),
  })
  const open: Adapter['open'] = (environment) => {
    const storage = adapter.open(environment)
    return {
      ready: (signal) => storage.ready(signal),
      queue: (name, options) => far(storage.queue(name, options)),
      plain: storage.plain,
      channel: (name, options) => storage.channel(name, options),
      pattern: (pattern) => storage.pattern(pattern),
      registry: storage.registry,
      close: () => storage.close(),
    }
  }
  return { name: 'remote', capabilities: adapter.capabilities, open }
}

/** Only the queue's port: brokers never look whether a member is there. */
const queuePort = (title: string, body: () => void): void => {
  if (title.endsWith('conforms') || title.startsWith('queue port')) describe(title, body)
}

// The suite takes a member that is absent for one that is undefined, as the ports' types do. memoryAdapter alone would not show it.
testAdapter(
  { describe: queuePort, it },
  {
    name: 'an adapter with undefined members',
    create: async () => {
      const clock = createVirtualClock()
      const time = { pass: (ms: number) => clock.advance(ms) }
      const adapter = memoryAdapter()
      const { otherProgram } = adapter
      return { adapter: remote(adapter), clock, otherProgram, time, dispose: async () => {} }
    },
  },
)
