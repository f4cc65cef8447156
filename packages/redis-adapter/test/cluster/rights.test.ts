// In a cluster, too, the rights that docs/production.md gives a producer and a worker are enough.
import { defineChannel } from '@mq/core'
import { expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { passwordOf, ruleOf } from '../lab/rights.ts'
import type { RoleName } from '../lab/rights.ts'
import { durability, startReplicated } from '../lab/replicated-cluster.ts'

it('a producer and a worker of a cluster do what they do with the rights of their roles', async () => {
  await using lab = await startReplicated()
  const { cluster } = lab
  const open = async (role: RoleName, more: readonly string[], ways = {}): ReturnType<typeof lab.broker> => {
    const rule = [...ruleOf(role), ...more]
    for (const server of cluster.servers) await lab.admin(server).call('ACL', ['SETUSER', ...rule])
    const url = cluster.urls[0]!.replace('//', `//${role}:${passwordOf(rule)}@`)
    return lab.broker({}, { url, ...ways })
  }
  // And as the page says for `durability`.
  const [producer, worker] = [await open('producer', ['+wait', '+set'], { durability }), await open('worker', [])]
  const heard: unknown[] = []
  for (const [i, sharded] of [true, false, true].entries()) {
    const channel = defineChannel({ name: await cluster.nameOn(i, 'c'), sharded })
    await worker.channel(channel).subscribe(({ payload }) => void heard.push(payload))
    const name = await cluster.nameOn(i, 'q')
    worker.queue(name).process((payload) => payload)
    for (let payload = 0; payload < 3; payload++) {
      const task = await producer.queue(name).enqueue(payload)
      expect(await task.result({ timeoutMs: 20_000 })).toBe(payload)
    }
    await producer.channel(channel).publish(i)
  }
  await eventually(() => heard.length === 3, 'all messages')
  expect(lab.recorder.errors).toEqual([])
})
