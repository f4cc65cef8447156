// Lost wake-ups: hints that were not sent, or were sent to workers that had no use for them.
import type { Hint } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'
import type { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

interface Sleeper {
  readonly port: QueuePort
  readonly worker: WorkerLane
  /** How often it was told of work. */
  readonly calls: () => number
}

/** A worker in a process of its own, asleep. */
async function sleeper(queue: string): Promise<Sleeper> {
  const port = await lab.queue(queue)
  const hints: Hint[] = await port.hear()
  const worker = port.worker()
  await worker.fallAsleep()
  return { port, worker, calls: () => hints.filter(({ kind }) => kind === 'work').length }
}

const isTold = (sleeper: Sleeper): Promise<unknown> => eventually(() => sleeper.calls() > 0, 'a hint of work')

/** What was sent to the sleeper before has arrived when this has. */
async function hearsAnotherQueue({ port, worker }: Sleeper): Promise<void> {
  const other = port.storage.queue(lab.freshName())
  let heard = false
  await other.listen(() => (heard = true))
  await other.settleAndClaim(worker.next({ want: 1, awaitWork: true }))
  await other.enqueue(port.batch(['1']))
  await eventually(() => heard, 'the hint of the other queue')
}

function asleep(queue: QueuePort): Promise<number> {
  return lab.redis.zcard(queue.key('idle'))
}

describe('a sleeping worker is woken', () => {
  it('by an enqueue, once', async () => {
    const queue = await lab.queue()
    const idle = await sleeper(queue.name)
    await queue.add('1')
    await isTold(idle)
    expect(await asleep(queue)).toBe(0)
    await queue.add('2')
    await hearsAnotherQueue(idle)
    expect(idle.calls()).toBe(1)
  })

  it('by a bulk, and each that takes its share wakes the next: ten of ten', async () => {
    const queue = await lab.queue()
    const claimed: string[] = []
    const sleepers = await Promise.all(Array.from({ length: 10 }, () => sleeper(queue.name)))
    for (const { port, worker } of sleepers) {
      await port.driver.listen((hint) => {
        if (hint.kind === 'work') void worker.claim(1, { awaitWork: true }).then(([task]) => claimed.push(task!.n))
      })
    }
    await queue.addMany(10)
    await eventually(() => claimed.length === 10, 'a task in the hands of each of ten workers')
    expect(new Set(claimed).size).toBe(10)
    expect(sleepers.map(({ calls }) => calls())).toEqual(Array.from({ length: 10 }, () => 1))
  })

  it('by a task that is given back', async () => {
    const queue = await lab.queue()
    const busy = queue.worker()
    await queue.add('1')
    const { lease } = await busy.claimOne()
    const idle = await sleeper(queue.name)
    await busy.settle({ kind: 'release', lease })
    await isTold(idle)
    await idle.worker.claimOne()
  })

  it('by a task to be retried at once', async () => {
    const queue = await lab.queue()
    const busy = queue.worker()
    await queue.add('1')
    const { lease } = await busy.claimOne()
    const idle = await sleeper(queue.name)
    await busy.settle({ kind: 'retry', lease, delayMs: 0, charge: true })
    await isTold(idle)
    await idle.worker.claimOne()
  })

  it('by a retry that is due earlier than what it sleeps for', async () => {
    const queue = await lab.queue()
    const busy = queue.worker()
    await queue.add('1', { delayMs: 600_000 })
    const { lease } = await busy.claimOne()
    const idle = await sleeper(queue.name)
    await busy.settle({ kind: 'retry', lease, delayMs: 30_000, charge: true })
    await isTold(idle)
    const { nextDueInMs } = await idle.worker.turn({ want: 1 })
    expect(nextDueInMs).toBeLessThanOrEqual(30_000)
  })

  it('by a delayed task that is due earlier, not by one that is due later', async () => {
    const queue = await lab.queue()
    await queue.add({ delayMs: 60_000 })
    const idle = await sleeper(queue.name)
    await queue.add({ delayMs: 120_000 })
    expect(await asleep(queue)).toBe(1)
    await queue.add({ delayMs: 30_000 })
    await isTold(idle)
  })

  it('by a turn that gets all it wants and leaves work', async () => {
    const queue = await lab.queue()
    await queue.addMany(3)
    await lab.redis.rename(queue.key('ready:4'), queue.key('aside')) // so that they fall asleep beside work
    const [first, second] = [await sleeper(queue.name), await sleeper(queue.name)]
    await lab.redis.rename(queue.key('aside'), queue.key('ready:4'))
    await queue.worker().claim(1)
    await isTold(second)
    expect(first.calls()).toBe(0)
    await second.worker.claim(1, { awaitWork: true })
    await isTold(first)
  })

  it('by a turn that is cut short by its bytes and leaves work', async () => {
    const queue = await lab.queue()
    await queue.add(...Array.from({ length: 3 }, () => ({ payload: 'x'.repeat(1_000) })))
    await lab.redis.rename(queue.key('ready:4'), queue.key('aside'))
    const idle = await sleeper(queue.name)
    await lab.redis.rename(queue.key('aside'), queue.key('ready:4'))
    expect((await queue.worker().claim(100, { maxBytes: 500 })).length).toBe(1)
    await isTold(idle)
  })

  it('by tasks recovered beyond what the recovering one wanted', async () => {
    const queue = await lab.queue()
    await queue.addMany(2)
    for (const { lease } of await queue.worker().claim(2)) await queue.lapse(lease)
    // It sleeps since before they lapsed.
    const idle = await sleeper(lab.freshName())
    await lab.redis.zadd(queue.key('idle'), Date.now(), `${await topicOf(idle.port)}|w`)
    const hints = idle.port.storage.queue(queue.name)
    let told = false
    await hints.listen(({ kind }) => (told ||= kind === 'work'))
    expect((await queue.worker().claim(1)).length).toBe(1)
    await eventually(() => told, 'a hint of the second task')
  })

  async function topicOf(port: QueuePort): Promise<string> {
    const [member = ''] = await lab.redis.zrange(port.key('idle'), '0', '0')
    return member.slice(0, member.lastIndexOf('|'))
  }
})

describe('the list of sleeping workers', () => {
  it('loses a worker that found work by itself', async () => {
    const queue = await lab.queue()
    const idle = await sleeper(queue.name)
    await lab.redis.zadd(queue.key('idle'), Date.now() - 2_000, 'mq:to:somebody|else')
    // Put there behind its back, so that it is not told.
    await queue.redis.hset(queue.key('tasks'), '1700000000000000', '17000000000004\n1')
    await queue.redis.rpush(queue.key('ready:4'), '1700000000000000')
    await queue.redis.hset(queue.key('meta'), 'levels', '4')
    expect((await idle.worker.claim(1, { awaitWork: true })).length).toBe(1)
    expect(await lab.redis.zrange(queue.key('idle'), '0', '-1')).toEqual(['mq:to:somebody|else'])
  })

  it('loses a worker whose last turn this is', async () => {
    const queue = await lab.queue()
    const idle = await sleeper(queue.name)
    await idle.worker.turn({ last: true })
    expect(await asleep(queue)).toBe(0)
  })

  it('has one that looked an hour ago as well as one that looked just now', async () => {
    const queue = await lab.queue()
    const idle = await sleeper(queue.name)
    const [member = ''] = await lab.redis.zrange(queue.key('idle'), '0', '0')
    await lab.redis.zadd(queue.key('idle'), Date.now() - 3_590_000, member)
    await queue.add('1')
    await isTold(idle)
    expect(await asleep(queue)).toBe(0)
  })

  it('drops those who did not look for longer than any sleeps, when another comes', async () => {
    const queue = await lab.queue()
    const gone = Array.from({ length: 12 }, (_, i) => [Date.now() - 3_700_000, `mq:to:gone-${i}|w`]).flat()
    await lab.redis.zadd(queue.key('idle'), ...gone)
    await sleeper(queue.name)
    await sleeper(queue.name)
    expect(await asleep(queue)).toBe(2)
  })

  it('is gone through until somebody is there', async () => {
    const queue = await lab.queue()
    const idle = await sleeper(queue.name)
    const dead = Array.from({ length: 63 }, (_, i) => [Date.now() + 10 + i, `mq:to:dead-${i}|w`]).flat()
    await lab.redis.zadd(queue.key('idle'), ...dead)
    await queue.add('1')
    await isTold(idle)
    expect(await asleep(queue)).toBe(0)
  })

  it('does not get a worker that has no way to hear', async () => {
    const queue = await lab.queue()
    await queue.worker().claim(10, { awaitWork: false })
    expect(await asleep(queue)).toBe(0)
  })

  it('holds a worker once however often it looks', async () => {
    const queue = await lab.queue()
    const { worker } = await sleeper(queue.name)
    for (let i = 0; i < 5; i++) await worker.fallAsleep()
    expect(await asleep(queue)).toBe(1)
  })
})
