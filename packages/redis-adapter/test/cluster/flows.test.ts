// Flows over queues of different nodes: no step touches two, and what a node that dies had to be done is done by whoever takes its place.
import { defineQueue, MqError, next, unchecked } from '@mq/core'
import type { Broker } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'

const numbers = (broker: Broker, name: string) =>
  broker.queue(defineQueue({ name, payload: unchecked<number>(), attempts: 1, outcomes: { maxCount: 100_000 } }))

/** How often each task ran, by its queue and payload. */
class Runs {
  readonly times = new Map<string, number>()

  note(queue: string, payload: number): void {
    this.times.set(`${queue} ${payload}`, this.of(queue, payload) + 1)
  }

  of(queue: string, payload: number): number {
    return this.times.get(`${queue} ${payload}`) ?? 0
  }
}

describe.concurrent('queues of different nodes', () => {
  it('are one flow: many to one and back, next, deaths and cancels', async () => {
    await using lab = await ClusterLab.start()
    const [a, b, c] = (await Promise.all([0, 1, 2].map((master) => lab.cluster.nameOn(master)))) as [
      string,
      string,
      string,
    ]
    const [producer, worker] = [await lab.broker(), await lab.broker()]
    const runs = new Runs()
    const followed: string[] = []
    const [second, third] = [numbers(worker, b), numbers(worker, c)]
    numbers(worker, a).process((payload) => {
      runs.note(a, payload)
      if (payload < 0) throw new Error('as it was told')
      return payload
    })
    second.process(async (payload, { parents, enqueue }) => {
      runs.note(b, payload)
      const sum = (await parents()).reduce(
        (total, each) => total + (each.state === 'completed' ? Number(each.result) : 0),
        0,
      )
      if (payload === 2) await enqueue(third, 20)
      return payload === 3 ? next(third, 30) : sum
    })
    third.process((payload, { id }) => {
      runs.note(c, payload)
      followed.push(id)
      return payload
    })
    const [first, middle, last] = [numbers(producer, a), numbers(producer, b), numbers(producer, c)]
    const all = await Promise.all([
      first.enqueueAll([1, 2, 3].map((payload) => ({ payload }))),
      last.enqueueAll([4, 5].map((payload) => ({ payload }))),
    ])
    const parents = all.flat()
    const join = await middle.enqueue(1, { after: parents })
    const ends = await Promise.all([
      join.result({ timeoutMs: 20_000 }),
      (await first.enqueue(7, { after: join })).result({ timeoutMs: 20_000 }),
      (await middle.enqueue(2)).result({ timeoutMs: 20_000 }),
      (await middle.enqueue(3, { id: 'three' })).result({ timeoutMs: 20_000 }),
    ])
    expect(ends).toEqual([15, 7, 0, undefined])
    await eventually(() => runs.of(c, 20) + runs.of(c, 30) === 2, 'what follows on another node')
    expect(followed).toContain(`${b}:three:next`)

    const dies = await first.enqueue(-1)
    const buried = await middle.enqueue(8, { after: [dies, ...parents] })
    const cancelled = await last.enqueue(9, { after: buried, onDead: 'cancel' })
    const ran = await first.enqueue(10, { after: [cancelled, buried], onDead: 'run' })
    expect(await ran.result({ timeoutMs: 20_000 })).toBe(10)
    expect(await buried.outcome()).toMatchObject({ state: 'dead', reason: 'parent-failed' })
    expect(await cancelled.outcome()).toMatchObject({ state: 'cancelled', reason: 'parent-failed' })
    const { tasks, edges } = await buried.graph()
    expect(new Set(tasks.map(({ queue }) => queue))).toEqual(new Set([a, b, c]))
    expect(edges.length).toBeGreaterThanOrEqual(9)
    expect([...runs.times.values()].filter((times) => times > 1)).toEqual([])
    expect(lab.recorder.errors.filter((error) => MqError.is(error))).toEqual([])
  })
})

describe.concurrent('a master that dies while there are chores', () => {
  it('of parents or of children: each child runs after its parents, and none waits for ever', async () => {
    await using lab = await ClusterLab.start({ replicas: 1, nodeTimeoutMs: 2_000 })
    const { cluster } = lab
    const [mine, its] = [await cluster.nameOn(0), await cluster.nameOn(1)]
    const [producer, worker] = [await lab.broker({ operationTimeoutMs: 60_000 }), await lab.broker()]
    const runs = new Runs()
    const early: number[] = []
    const work = (name: string, other: string): void => {
      numbers(worker, name).process((payload) => {
        runs.note(name, payload)
        // Children are odd, and run after the even one of the other queue.
        if (payload % 2 === 1 && runs.of(other, payload - 1) === 0) early.push(payload)
        return payload
      })
    }
    work(mine, its)
    work(its, mine)
    let isOver = false
    const accepted: string[] = []
    /** Parents on one node, children on another, in both directions. */
    const produce = async (from: string, to: string): Promise<void> => {
      for (let i = 0; !isOver; i += 2) {
        // The id is its own: an enqueue whose reply was lost adds none twice.
        const parent = await numbers(producer, from).enqueue(i, { id: `${from}-${i}` })
        accepted.push(`${from} ${i}`)
        await numbers(producer, to).enqueue(i + 1, { id: `${to}-${i + 1}`, after: parent })
        accepted.push(`${to} ${i + 1}`)
      }
    }
    const producing = [produce(mine, its), produce(its, mine)]
    await eventually(() => runs.times.size > 200, 'some work')
    await cluster.masters[0]!.kill()
    await lab.promoted(cluster.replicas[0]!)
    const before = runs.times.size
    await eventually(() => runs.times.size > before + 100, 'more work')
    isOver = true
    await Promise.all(producing)
    await eventually(() => accepted.every((name) => runs.times.has(name)), 'all that was accepted')
    await eventually(async () => {
      const left = await Promise.all([mine, its].map((name) => numbers(producer, name).stats()))
      return left.every(({ waiting, delayed, running }) => waiting + delayed + running === 0)
    }, 'nobody to wait any more')
    // Replication is asynchronous: what ran just before the death may run again.
    const twice = [...runs.times.values()].filter((times) => times > 1).length
    console.log(`a master died amid flows: ${accepted.length} accepted, ${twice} twice`)
    expect(early).toEqual([])
    const unexpected = lab.recorder.errors.filter((error) => !MqError.is(error, 'unavailable'))
    expect(unexpected).toEqual([])
  })
})
