// A slot that moves to another node under load, as a reshard does it: nothing is lost, and who listens to it follows it.
import { setTimeout as pause } from 'node:timers/promises'
import { defineChannel, defineQueue } from '@mq/core'
import { afterAll, afterEach, expect, it } from 'vitest'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'

const lab = await ClusterLab.start()
const { cluster } = lab
afterEach(() => lab.closeBrokers())
afterAll(() => lab[Symbol.asyncDispose]())

it('a queue that moves loses no task, and runs none twice', async () => {
  const name = await cluster.nameOn(0, 'queue')
  const [worker, producer] = [await lab.broker(), await lab.broker({ operationTimeoutMs: 60_000 })]
  const done: unknown[] = []
  worker.queue(name).process((payload) => void done.push(payload))
  let isOver = false
  let accepted = 0
  const producing = (async () => {
    while (!isOver) await producer.queue(name).enqueue(accepted++)
  })()
  await eventually(() => done.length > 100, 'some work')
  await lab.moveSlot(await cluster.slotOf(name), 0, 1)
  const before = done.length
  await eventually(() => done.length > before + 100, 'more work')
  isOver = true
  await producing
  await eventually(() => done.length >= accepted, 'all work')
  expect(done.length).toBe(accepted)
  expect(new Set(done).size).toBe(accepted)
  expect(await lab.admin(cluster.masters[1]!).exists(`mq:{${name}}:meta`)).toBe(1)
  expect(lab.recorder.errors).toEqual([])
})

it('what is published while a slot is on the move is published once, in order', async () => {
  const name = await cluster.nameOn(0, 'channel')
  const channel = defineChannel({ name, history: { maxCount: 10_000 } })
  const broker = await lab.broker({ operationTimeoutMs: 60_000 })
  const publish = (i: number): Promise<unknown> => broker.channel(channel).publish(i)
  for (let i = 0; i < 10; i++) await publish(i)
  const under: Promise<unknown>[] = []
  await lab.moveSlot(await cluster.slotOf(name), 0, 2, async () => {
    for (let i = 10; i < 30; i++) under.push(publish(i))
  })
  await Promise.all(under)
  for (let i = 30; i < 40; i++) await publish(i)
  const seen: unknown[] = []
  await broker
    .channel(channel)
    .consume('all', ({ payload }) => void seen.push(payload), { from: 'earliest', concurrency: 1 })
  await eventually(() => seen.length >= 40, 'all messages')
  expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i))
})

it('a sharded subscription follows its slot, and so do the hints of a queue', async () => {
  const name = await cluster.nameOn(0, 'sharded')
  const channel = defineChannel({ name, sharded: true })
  const [listener, publisher] = [await lab.broker(), await lab.broker({ operationTimeoutMs: 60_000 })]
  const heard: unknown[] = []
  let gaps = 0
  await listener.channel(channel).subscribe(({ payload }) => void heard.push(payload), {
    onGap: () => void gaps++,
  })
  listener.queue(name).process(() => 'done')
  await publisher.channel(channel).publish('before')
  await eventually(() => heard.length === 1, 'the first')
  await lab.moveSlot(await cluster.slotOf(name), 0, 1)
  let published = 0
  await eventually(async () => {
    await publisher.channel(channel).publish(++published)
    await pause(50)
    return heard.at(-1) === published
  }, 'a message at the new place')
  // Another server numbers from now on, so how many were lost is not known.
  if (heard.length - 1 < published) await eventually(() => gaps > 0, 'the loss to be reported')
  const topics = (await lab.admin(cluster.masters[1]!).call('PUBSUB', 'SHARDCHANNELS', `*{${name}}*`)) as string[]
  expect(topics.some((topic) => topic.includes(':hints:'))).toBe(true)
  const task = await publisher.queue(name).enqueue(1)
  expect(await task.result({ timeoutMs: 20_000 })).toBe('done')
})

// Commands of several keys are refused until all of them are there (TRYAGAIN), those of one are not.
it('a list is used while its slot moves to a master that has none yet', async () => {
  const [name, key] = [await cluster.nameOn(1, 'handed'), `list:{${await cluster.nameOn(0, 'new')}}`]
  const slot = Number(await lab.admin(cluster.masters[0]!).call('CLUSTER', 'KEYSLOT', key))
  const queue = (await lab.broker({ operationTimeoutMs: 60_000 })).queue(defineQueue({ name, outbox: key }))
  const added = await lab.addMaster()
  const [source, target] = [lab.admin(cluster.masters[0]!), lab.admin(added)]
  const [sourceId, targetId] = [await source.call('CLUSTER', 'MYID'), await target.call('CLUSTER', 'MYID')]
  await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(sourceId))
  await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(targetId))
  queue.handOver()
  const tasks = await Promise.all(Array.from({ length: 20 }, (_, i) => queue.enqueue(i)))
  await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })))
  for (const admin of [target, source]) await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(targetId))
  expect(await target.llen(key)).toBe(20)
  const another = await queue.enqueue(20)
  await another.result({ timeoutMs: 20_000 })
  expect(await target.llen(key)).toBe(21)
  expect(lab.recorder.errors).toEqual([])
})
