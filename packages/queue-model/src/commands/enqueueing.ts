import assert from 'node:assert/strict'
import { MqError } from '@mq/core'
import type { EnqueueBatch, NewTask, Receipt } from '@mq/core'
import * as fc from 'fast-check'
import { commandsOf } from '../command.ts'
import type { WeightedCommands } from '../command.ts'
import { look } from '../compare.ts'
import { expectedReceipts } from '../expected-receipts.ts'
import { idKnown, MINUTE_MS } from '../model-task.ts'
import type { QueueModel } from '../queue-model.ts'
import { noDelayOrSome, participant, payload } from '../picks.ts'
import type { RealQueue, World } from '../world.ts'

const WINDOW_MS = 2 * MINUTE_MS
/** The memory of lanes is an hour long. */
export const REPEATABLE_MS: number = 59 * MINUTE_MS

const newTask = fc
  .record({
    name: fc.constantFrom('', '', '', 'id a', 'id a', 'id b', 'key k', 'key k'),
    level: fc.constantFrom(4, 4, 9, 0),
    /** Only where there are keys. */
    key: fc.constantFrom(undefined, 'a', 'a', 'b'),
    weight: fc.constantFrom(undefined, 1, 7),
    delayMs: noDelayOrSome,
    payload,
    replaces: fc.constantFrom(false, false, true),
  })
  .map(({ name, replaces, ...rest }): NewTask => {
    const task = { ...rest, ...(replaces && name !== '' ? { replace: true } : undefined) }
    const [kind, value = ''] = name.split(' ')
    // In the header core has the id, too.
    if (kind === 'id') return { ...task, id: value, header: '' }
    return { ...task, header: '', ...(kind === 'key' ? { dedupe: { key: value, windowMs: WINDOW_MS } } : undefined) }
  })

const options = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ capacity: fc.nat({ max: 3 }), displace: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ keyCapacity: fc.nat({ max: 2 }), displace: fc.constantFrom(false, false, true) }),
  },
)

const enqueue = commandsOf({
  name: 'enqueue',
  args: fc.record({
    by: participant,
    atomic: fc.boolean(),
    options,
    tasks: fc.array(newTask, { minLength: 1, maxLength: 4 }),
  }),
  async run({ by, tasks, atomic, options }, world, real) {
    const lane = world.producers[by]!
    const batch: EnqueueBatch = {
      lane: lane.name,
      seq: ++lane.seq,
      atomic,
      tasks: tasks.map((task) => headed(atomic ? withoutDoubt(world.queue, task) : task, world.shares)),
      ...options,
    }
    const reply = await real.drivers[by]!.enqueue(batch)
    lane.last = { call: batch, reply, at: world.queue.now }
    await take(batch, reply, world, real)
  },
})

/** With the header that core would write. */
function headed({ key, weight, ...task }: NewTask, shares: boolean): NewTask {
  const own = shares && key !== undefined ? { key, weight } : {}
  const { id } = task
  const isPlain = id === undefined && own.key === undefined
  return { ...task, ...own, header: isPlain ? '' : JSON.stringify({ id, ...own }) }
}

/** Where all tasks depend on each, an id that may or may not be forgotten would make too many cases. */
function withoutDoubt(queue: QueueModel, task: NewTask): NewTask {
  const owner = queue.ids.get(task.id ?? '')
  return owner && idKnown(owner, queue.now) === 'perhaps' ? { ...task, id: undefined, replace: undefined } : task
}

async function take(batch: EnqueueBatch, reply: readonly Receipt[], world: World, real: RealQueue): Promise<void> {
  const { queue, ledger } = world
  const states = expectedReceipts(queue, batch, reply)
  if (batch.atomic && states.some((state) => state === 'full' || state === 'conflict')) {
    return checkRefusal(batch, states, reply)
  }
  assert.deepEqual(
    reply.map(({ state }) => state),
    states,
  )
  for (const [i, receipt] of reply.entries()) {
    if (receipt.state === 'full' || receipt.state === 'moved') continue
    if (receipt.state === 'accepted') {
      if (queue.add(batch.tasks[i]!, receipt.n)) ledger.over++
      ledger.accepted++
    } else assert.equal(receipt.n, queue.known(batch.tasks[i]!, receipt)?.n)
  }
  const { keyCapacity } = batch
  if (batch.displace && keyCapacity !== undefined) {
    const seen = await look(world, real)
    const taken = batch.tasks.filter((_, i) => states[i] === 'accepted')
    for (const key of new Set(taken.flatMap((task) => task.key ?? []))) {
      const excess = queue.those('waiting').filter((task) => task.key === key).length - keyCapacity
      queue.endOldestOf(key, excess, { state: 'dead', reason: 'displaced', body: '' }, seen)
      queue.displaced += Math.max(0, excess)
    }
  }
  if (batch.displace && batch.capacity !== undefined) {
    const seen = await look(world, real)
    const gone = queue.those('waiting').filter(({ n }) => seen.get(n)?.state === 'ended').length
    const excess = states.includes('accepted') ? Math.max(0, queue.those('waiting').length - batch.capacity) : 0
    assert.equal(gone, excess, 'how many are displaced')
    queue.endLowest('waiting', gone, { state: 'dead', reason: 'displaced', body: '' }, seen)
    queue.displaced += gone
  }
}

/** Nothing is taken. Which of those that are in order are called full is open. */
function checkRefusal(batch: EnqueueBatch, states: readonly Receipt['state'][], reply: readonly Receipt[]): void {
  for (const [i, state] of states.entries()) {
    const { id } = batch.tasks[i]!
    const isTwice = id !== undefined && batch.tasks.slice(0, i).some((other) => other.id === id)
    const permitted =
      state === 'conflict' && !isTwice ? ['conflict'] : [state, 'full', ...(isTwice ? ['conflict'] : [])]
    const answer = reply[i]!.state
    const isPermitted = answer !== 'accepted' && permitted.includes(answer)
    assert.ok(isPermitted, `refused, but ${i} is ${answer}, not ${permitted.join(' or ')}`)
  }
}

const repeatEnqueue = commandsOf({
  name: 'repeat enqueue',
  args: fc.record({ by: participant }),
  applies: ({ by }, { producers, queue }) => queue.now - (producers[by]!.last?.at ?? -Infinity) < REPEATABLE_MS,
  async run({ by }, { producers }, { drivers }) {
    const { call, reply } = producers[by]!.last!
    assert.deepEqual(await drivers[by]!.enqueue(call), reply)
  },
})

const lateEnqueue = commandsOf({
  name: 'late enqueue',
  args: fc.record({ by: participant }),
  applies: ({ by }, { producers, queue }) => queue.now - (producers[by]!.last?.at ?? -Infinity) < REPEATABLE_MS,
  async run({ by }, { producers }, { drivers }) {
    const { call } = producers[by]!.last!
    await assertRefused(drivers[by]!.enqueue({ ...call, seq: call.seq - 1 }))
  },
})

export async function assertRefused(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (thrown) => MqError.is(thrown, 'storage-refused'))
}

export const enqueueing: readonly WeightedCommands[] = [
  { weight: 6, arbitrary: enqueue },
  { weight: 1, arbitrary: repeatEnqueue },
  { weight: 1, arbitrary: lateEnqueue },
]
