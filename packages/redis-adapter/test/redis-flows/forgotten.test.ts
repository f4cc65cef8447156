// What a server of a cluster forgot, when a replica took over that had not got it, or what another program wrote over: nobody waits for ever.
import { MqError } from '@mq/core'
import { expect, it } from 'vitest'
import { age } from '../lab/aging.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const { redis } = lab

/** A parent that is held up, its child, and their workers. */
async function flow() {
  const names = [lab.freshName(), lab.freshName()] as const
  const key = (i: 0 | 1, part: string): string => `mq:{${names[i]}}:${part}`
  const broker = await lab.broker()
  const [parents, children] = [broker.queue(names[0]), broker.queue(names[1])]
  await parents.pause()
  const parent = await parents.enqueue('parent')
  const child = await children.enqueue('child', { after: parent })
  parents.process(() => 'done')
  children.process(() => 'ran')
  /** Wakes the workers of the children: a sleeping one looks each 15 s. */
  const kick = async (): Promise<void> => void (await (await children.enqueue('kick')).result({ timeoutMs: 5_000 }))
  return { names, key, parents, children, parent, child, kick }
}

it('a task whose parent forgot it asks for it again, and runs', async () => {
  const { names, key, parents, parent, child, kick } = await flow()
  expect(await redis.del(key(0, 'edges'))).toBe(1)
  await parents.resume()
  expect(await parent.result({ timeoutMs: 5_000 })).toBe('done')
  await kick()
  expect((await child.status()).blocked).toBe(true)
  await age(redis, (part) => `mq:{${names[1]}}:${part}`, 59_000)
  await kick()
  expect((await child.status()).blocked).toBe(true)
  await age(redis, (part) => `mq:{${names[1]}}:${part}`, 1_000)
  await kick()
  expect(await child.result({ timeoutMs: 5_000 })).toBe('ran')
  expect(await redis.zcard(key(1, 'chores'))).toBe(0)
})

it('a task whose parent is nowhere any more is buried, as one whose parent did not complete', async () => {
  const { names, key, child, kick } = await flow()
  await redis.del(...(await redis.keys(key(0, '*'))))
  await age(redis, (part) => `mq:{${names[1]}}:${part}`, 60_000)
  await kick()
  expect(await child.outcome({ timeoutMs: 5_000 })).toMatchObject({ state: 'dead', reason: 'parent-failed' })
})

it.each([
  ['its end', (n: string) => ['!e', n, '7|C|garbage'] as const],
  ['all of it', (n: string) => ['!e', n, 'garbage'] as const],
])(
  'what is left to be done and cannot be read, %s, is dropped and reported, and not looked at again',
  async (_, write) => {
    const { names, key, parents, parent, child, kick } = await flow()
    const n = parent.id.slice(1)
    const [prefix, number, garbage] = write(n)
    await redis.hset(key(0, 'kin'), prefix + number, garbage)
    // Both at once: a turn between them would report the first alone.
    await redis.zadd(key(0, 'chores'), 1, `e${n}`, 1, 'nonsense')
    await parents.enqueue('kick')
    await eventually(() => lab.errors.length > 0, 'a report')
    expect(lab.errors.map((error) => MqError.is(error, 'foreign-entries-dropped') && error.details)).toEqual([
      { queue: names[0], count: 2 },
    ])
    expect(await redis.zcard(key(0, 'chores'))).toBe(0)
    expect(await redis.hexists(key(0, 'kin'), `!e${n}`)).toBe(0)
    await parents.resume()
    expect(await parent.result({ timeoutMs: 5_000 })).toBe('done')
    await kick()
    expect(await child.result({ timeoutMs: 5_000 })).toBe('ran')
    expect(lab.errors).toHaveLength(1)
  },
)
