import type { ClusterOptions } from '@mq/redis-server'
import { expect } from 'vitest'
import { ClusterLab } from './cluster-lab.ts'
import { eventually } from './eventually.ts'

export const durability = { replicas: 1, timeoutMs: 400 }

/** Each master has a replica that follows it, and can be read. */
export async function startReplicated(options: ClusterOptions = {}): Promise<ClusterLab> {
  const args = ['--cluster-require-full-coverage', 'no']
  const lab = await ClusterLab.start({ replicas: 1, args, ...options })
  for (const replica of lab.cluster.replicas) {
    const admin = lab.admin(replica)
    await eventually(async () => String(await admin.info('replication')).includes('link_status:up'), 'a replica')
    await admin.call('READONLY')
  }
  return lab
}

/** A replica hangs: what its master accepts is unknown; other masters confirm, and no other call waits. */
export async function withholdConfirmation(options: ClusterOptions = {}): Promise<void> {
  await using lab = await startReplicated(options)
  const { cluster } = lab
  const ways = { url: cluster.urls[0]!, durability }
  const broker = await lab.broker({ operationTimeoutMs: 1_000 }, ways)
  const [stuck, other] = [broker.queue(await cluster.nameOn(0)), broker.queue(await cluster.nameOn(1))]
  await Promise.all([stuck.enqueue(0), other.enqueue(0)])
  cluster.replicas[0]!.pause()
  const order: string[] = []
  const refused = stuck
    .enqueue(1, { id: 'one' })
    .catch((thrown: unknown) => thrown)
    .finally(() => order.push('unconfirmed'))
  await eventually(async () => (await stuck.stats()).waiting === 2, 'the task')
  await other.enqueue(1)
  order.push('others')
  expect(await refused).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('0 of 1') as string,
  })
  expect(order).toEqual(['others', 'unconfirmed'])
  cluster.replicas[0]!.resume()
  await eventually(async () => {
    const task = await stuck.enqueue(1, { id: 'one' }).catch(() => undefined)
    return task !== undefined
  }, 'a replica that confirms')
  expect((await stuck.stats()).waiting).toBe(2)
}
