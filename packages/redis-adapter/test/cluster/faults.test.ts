// A node of a cluster that hangs, dies or comes back without its last writes: it costs its own queues, and nothing is lost silently.
import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'
import { ownTime } from '../lab/own-time.ts'
import { until } from '../lab/until.ts'

describe.concurrent('a master that hangs', () => {
  it('costs its own queues, until its replica takes over, and no other waits', async () => {
    // With full coverage (the default of Redis), every node refuses all commands until a replica has the slots.
    const args = ['--cluster-require-full-coverage', 'no']
    await using lab = await ClusterLab.start({ replicas: 1, nodeTimeoutMs: 3_000, args })
    const { cluster } = lab
    const [hung, other] = [await cluster.nameOn(0), await cluster.nameOn(1)]
    const broker = await lab.broker({ operationTimeoutMs: 60_000 })
    await Promise.all([hung, other].map((name) => broker.queue(name).enqueue('before')))
    cluster.masters[0]!.pause()
    const stuck = broker.queue(hung).enqueue('while it hangs', { id: 'one' })
    let [slowestMs, served] = [0, 0]
    let isOver = false
    const others = (async () => {
      while (!isOver) {
        const begin = ownTime()
        await broker.queue(other).enqueue(served++)
        slowestMs = Math.max(slowestMs, ownTime() - begin)
      }
    })()
    await lab.promoted(cluster.replicas[0]!)
    const promotedAt = ownTime()
    await stuck
    const behindMs = ownTime() - promotedAt
    isOver = true
    await others
    console.log(
      `a master hung: others waited ${Math.round(slowestMs)} ms at most, its own ${Math.round(behindMs)} ms behind the promotion`,
    )
    expect(served).toBeGreaterThan(20)
    expect(slowestMs).toBeLessThan(1_000)
    expect(behindMs).toBeLessThan(4_000)
    expect(await broker.queue(hung).stats()).toMatchObject({ waiting: 2 })
    expect(lab.recorder.errors).toEqual([])
  })

  // The ping of a Cluster of ioredis went to a random node, and markers took the dead path, too.
  it('is noticed by those whose subscription it has, plain or sharded', async () => {
    await using lab = await ClusterLab.start({ replicas: 1, nodeTimeoutMs: 2_000 })
    const { cluster } = lab
    const listener = await lab.broker()
    const publisher = await lab.broker({}, { url: cluster.urls[1]! })
    const name = await cluster.nameOn(1)
    let [heard, lost] = [0, 0]
    const onGap = ({ size = 0 }: { readonly size?: number | undefined }): void => void (lost += size)
    await listener.channel(name).subscribe(() => void heard++, { onGap })
    await publisher.channel(name).publish('before')
    await eventually(() => heard === 1, 'the first')
    const topic = `mq:{${name}}:messages`
    const counts = await Promise.all(
      cluster.servers.map(async (server) => ((await lab.admin(server).call('PUBSUB', 'NUMSUB', topic)) as number[])[1]),
    )
    const holder = cluster.servers[counts.findIndex((count) => Number(count) > 0)]!
    // Where it is the channel's own node, no message can be published meanwhile.
    const target = holder === cluster.masters[1] ? await cluster.nameOn(0, 'target') : name
    if (target !== name) await listener.channel(target).subscribe(() => void heard++, { onGap })
    holder.pause()
    const pausedAt = ownTime()
    for (let i = 0; i < 10; i++) await publisher.channel(target).publish(i)
    await until('the loss to be told', 20_000, () => lost + heard - 1 === 10)
    console.log(`the node of a subscription hung: told after ${Math.round(ownTime() - pausedAt)} ms, ${lost} lost`)
    expect(ownTime() - pausedAt).toBeLessThan(6_000)
    await publisher.channel(target).publish('after')
    await eventually(() => heard > 1, 'what comes after it')
  })
})

describe.concurrent('a master that dies', () => {
  it('is replaced by its replica: what was accepted is there, and nothing is done twice', async () => {
    await using lab = await ClusterLab.start({ replicas: 1, nodeTimeoutMs: 2_000 })
    const { cluster } = lab
    const names = await Promise.all([0, 1, 2].map((master) => cluster.nameOn(master)))
    const [worker, producer] = [await lab.broker(), await lab.broker({ operationTimeoutMs: 60_000 })]
    const done = new Map<string, number>()
    for (const name of names) {
      worker.queue(name).process((payload) => {
        const key = `${name} ${String(payload)}`
        done.set(key, (done.get(key) ?? 0) + 1)
      })
    }
    let isOver = false
    let accepted = 0
    const produce = async (name: string): Promise<void> => {
      for (let i = 0; !isOver; i++) {
        await producer.queue(name).enqueue(i)
        accepted++
      }
    }
    const producing = names.map((name) => produce(name))
    await eventually(() => done.size > 300, 'some work')
    await cluster.masters[0]!.kill()
    await lab.promoted(cluster.replicas[0]!)
    const before = done.size
    await eventually(() => done.size > before + 300, 'more work')
    isOver = true
    await Promise.all(producing)
    await eventually(() => done.size >= accepted, 'all work')
    // Replication is asynchronous: what ran just before the death may run again.
    const twice = [...done.values()].filter((times) => times > 1).length
    console.log(`a master died: ${accepted} accepted, ${accepted - done.size} lost, ${twice} twice`)
    expect(done.size).toBe(accepted)
    expect(lab.recorder.errors.filter((error) => !MqError.is(error, 'unavailable'))).toEqual([])
  })

  // The run of the server that executes the script is compared: each node knows its own alone.
  it('and took its last messages with it begins a new epoch: no position stands for two messages', async () => {
    await using lab = await ClusterLab.start({ replicas: 1, nodeTimeoutMs: 2_000 })
    const { cluster } = lab
    const name = await cluster.nameOn(0)
    const channel = (await lab.broker({ operationTimeoutMs: 60_000 })).channel(name)
    const positions: string[] = []
    const publish = async (payload: string): Promise<void> => {
      const { epoch, n } = await channel.publish(payload)
      positions.push(`${epoch} ${n}`)
    }
    await publish('replicated')
    const master = lab.admin(cluster.masters[0]!)
    await eventually(async () => Number(await master.call('WAIT', 1, 1_000)) === 1, 'a replica that follows')
    cluster.replicas[0]!.pause()
    await publish('lost')
    await publish('lost, too')
    await cluster.masters[0]!.kill()
    cluster.replicas[0]!.resume()
    await lab.promoted(cluster.replicas[0]!)
    await publish('after the failover')
    await publish('and one more')
    expect(new Set(positions).size).toBe(5)
    expect(Number(positions[3]!.split(' ')[0])).toBeGreaterThan(Number(positions[2]!.split(' ')[0]))
  })
})
