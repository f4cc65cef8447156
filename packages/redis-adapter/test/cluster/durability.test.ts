// With `durability`, each node's replicas confirm what it accepted: also while slots move, and over a failover.
import { MqError } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { durability, startReplicated, withholdConfirmation } from '../lab/replicated-cluster.ts'
import { eventually } from '../lab/eventually.ts'

describe('what was accepted in a cluster', () => {
  it('is on the replica of its node at once', async () => {
    await using lab = await startReplicated()
    const { cluster } = lab
    const broker = await lab.broker({}, { url: cluster.urls[0]!, durability })
    for (const [i, replica] of cluster.replicas.entries()) {
      const queue = broker.queue(await cluster.nameOn(i))
      for (let round = 1; round <= 20; round++) {
        await Promise.all([queue.enqueue(round), queue.enqueue(round)])
        expect(await lab.admin(replica).hlen(`mq:{${queue.name}}:tasks`)).toBe(2 * round)
      }
    }
    expect(lab.recorder.errors).toEqual([])
  })

  it('is unknown while no replica of its node has it; other nodes confirm theirs, and no other call waits', async () => {
    await withholdConfirmation()
  })

  it('is kept while its slot moves, and over a planned failover', async () => {
    await using lab = await startReplicated({ nodeTimeoutMs: 2_000 })
    const { cluster } = lab
    const broker = await lab.broker({ operationTimeoutMs: 60_000 }, { url: cluster.urls[1]!, durability })
    const queue = broker.queue(await cluster.nameOn(0))
    let isOver = false
    const accepted: string[] = []
    const produce = async (): Promise<void> => {
      while (!isOver) accepted.push((await queue.enqueue(accepted.length)).id)
    }
    const producing = Promise.all(Array.from({ length: 4 }, produce))
    const some = async (): Promise<void> => {
      const before = accepted.length
      await eventually(() => accepted.length > before + 50, 'tasks')
    }
    await some()
    await lab.moveSlot(await cluster.slotOf(queue.name), 0, 1)
    await some()
    const to = cluster.replicas[1]!
    await lab.admin(to).call('CLUSTER', 'FAILOVER')
    await lab.promoted(to)
    await some()
    isOver = true
    await producing
    const stored = await lab.admin(to).hlen(`mq:{${queue.name}}:tasks`)
    console.log(`durability in a cluster: ${accepted.length} accepted over a move and a failover, ${stored} stored`)
    expect(stored).toBe(accepted.length)
    expect(new Set(accepted).size).toBe(accepted.length)
    expect(lab.recorder.errors.filter((error) => !MqError.is(error, 'unavailable'))).toEqual([])
  })
})
