// Tasks that come with their hints, where Redis, other programs or rights differ from the usual.
import { silentLogger, systemClock } from '@mq/core'
import type { Hint } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { redisAdapter } from '../../src/index.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'
import type { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()

interface Sleeper {
  readonly queue: QueuePort
  readonly worker: WorkerLane
  readonly hints: readonly Hint[]
}

const ASKS = { want: 1, awaitWork: true, takesGrant: true } as const

/** A worker that sleeps, and takes a task with its hint. */
async function sleeper(): Promise<Sleeper> {
  const queue = await lab.queue()
  const hints = await queue.hear()
  const worker = queue.worker()
  expect((await worker.turn(ASKS)).claimed).toEqual([])
  return { queue, worker, hints }
}

async function firstHint({ hints }: Sleeper): Promise<string> {
  await eventually(() => hints.length > 0, 'a hint')
  return hints[0]!.kind
}

describe('a task comes with its hint', () => {
  it('whatever its payload looks like', async () => {
    const one = await sleeper()
    await one.queue.add('{"a":\n"x|1#0|5\n"}')
    expect(await firstHint(one)).toBe('grant')
    expect(one.hints[0]).toMatchObject({ task: { payload: '{"a":\n"x|1#0|5\n"}' } })
  })

  it('and is a sign of life: whoever looks next takes no outage', async () => {
    const one = await sleeper()
    await one.queue.add('1')
    await firstHint(one)
    const seen = Number(await lab.redis.hget(one.queue.key('meta'), 'seen'))
    expect(Math.abs(Date.now() - seen)).toBeLessThan(5_000)
  })

  it('for ten seconds at the most, whatever its entry says', async () => {
    const one = await sleeper()
    const [member = ''] = await lab.redis.zrange(one.queue.key('idle'), '0', '0')
    await lab.redis.zadd(one.queue.key('idle'), Date.now() + 1_000.5, member.replace(/\|\d+!/, `|${'9'.repeat(30)}!`))
    await one.queue.add('1')
    await firstHint(one)
    const [, deadline] = await lab.redis.zrange(one.queue.key('leases'), '0', '0', 'WITHSCORES')
    expect(Number(deadline) - Date.now()).toBeLessThanOrEqual(10_000)
  })
})

describe('a hint comes alone', () => {
  it('to a worker that did not look for a while: its machine may have vanished', async () => {
    const one = await sleeper()
    const [member = ''] = await lab.redis.zrange(one.queue.key('idle'), '0', '0')
    await lab.redis.zadd(one.queue.key('idle'), Date.now() - 15_999.5, member)
    await one.queue.add('1')
    expect(await firstHint(one)).toBe('work')
  })

  it('where tasks are leased and nobody was seen for a while, so that whoever comes notices', async () => {
    const one = await sleeper()
    await one.queue.addMany(2)
    await one.queue.worker().claim(2)
    expect((await one.worker.turn(ASKS)).claimed).toEqual([])
    await lab.redis.hset(one.queue.key('meta'), 'seen', Date.now() - 20_000)
    const before = one.hints.length
    await one.queue.add('1')
    await eventually(() => one.hints.length > before, 'a hint')
    expect(one.hints.at(-1)!.kind).toBe('work')
  })

  it('where the producer may not publish to the worker: the task waits as others do', async () => {
    const one = await sleeper()
    await lab.redis.call('ACL', 'SETUSER', 'mute', 'on', '>secret', '~*', 'resetchannels', '+@all')
    const url = lab.server.url.replace('redis://', 'redis://mute:secret@')
    const environment = { clock: systemClock, logger: silentLogger, onError: (): void => undefined }
    const storage = redisAdapter({ url }).open(environment)
    await storage.ready()
    await storage.queue(one.queue.name).enqueue(one.queue.batch(['1']))
    await storage.close()
    expect(await one.queue.worker().claim(1)).toHaveLength(1)
    expect(one.hints).toEqual([])
  })
})

it('a grant that is gone makes no look longer than another', async () => {
  const one = await sleeper()
  const [n = ''] = await one.queue.add('1')
  await firstHint(one)
  await one.queue.cancel(n)
  await one.worker.turn(ASKS)
  const calls = async (): Promise<number> => {
    await lab.redis.config('RESETSTAT')
    await one.worker.turn(ASKS)
    const stats = await lab.redis.info('commandstats')
    return [...stats.matchAll(/:calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0)
  }
  const after = await calls()
  const usual = await sleeper()
  await lab.redis.config('RESETSTAT')
  await usual.worker.turn(ASKS)
  const stats = await lab.redis.info('commandstats')
  expect(after).toBe([...stats.matchAll(/:calls=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0))
})
