// What other programs, and the server, can do to the outcomes of a queue.
import type { OutcomeLimits } from '@mq/core'
import { expect, it } from 'vitest'
import { dump } from '../lab/dump.ts'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
const OUTCOMES: OutcomeLimits = { maxCount: 1_000, unreadFactor: 10, groupExpiresMs: 86_400_000 }

/** Ends one task, in a queue that keeps outcomes from then on. */
async function endOne(port: QueuePort) {
  await port.offer(['1'])
  const worker = port.worker()
  const { lease } = await worker.claimOne()
  return worker.turn({ settlements: [{ kind: 'complete', lease }], outcomes: OUTCOMES })
}

it('a log that takes no more, since another program wrote the last id to it, stops no queue: the ends are reported', async () => {
  const port = await lab.queue()
  await endOne(port)
  await lab.redis.xadd(port.key('outcomes:log'), '18446744073709551615-18446744073709551615', 'm', 'x')
  const { stale, foreign } = await endOne(port)
  expect([stale, foreign]).toEqual([[], 1])
  expect((await port.stats()).totals.completed).toBe(2)
})

it('a log that another program wrote to goes on behind it', async () => {
  const port = await lab.queue()
  await endOne(port)
  await lab.redis.xadd(port.key('outcomes:log'), '9000000000000-7', 'm', 'x')
  const { foreign } = await endOne(port)
  expect(foreign).toBeUndefined()
  const [, [id, fields] = []] = (await lab.redis.xrevrange(port.key('outcomes:log'), '+', '-', 'COUNT', 2)).toReversed()
  expect(id).toMatch(/^9000000000001-2$/)
  expect(fields?.[1]).toMatch(/^\d+ \d+ 2 \n\d+\|c\|\d+\|$/)
})

it('outcomes of a layout that this version does not know are left alone, and so is the task', async () => {
  const port = await lab.queue()
  await endOne(port)
  await lab.redis.hset(port.key('outcomes:seq'), 'layout', '3')
  await port.offer(['2'])
  const worker = port.worker()
  const { lease } = await worker.claimOne()
  const before = await dump(lab.redis, port.name)
  const settling = worker.turn({ settlements: [{ kind: 'complete', lease }] })
  await expect(settling).rejects.toThrow('MQLAYOUT')
  expect(await dump(lab.redis, port.name)).toEqual(before)
})

it('after a restart of the server their numbers go on in another epoch, since some may be lost', async () => {
  const port = await lab.queue()
  await endOne(port)
  const source = port.storage.outcomes!(port.name)
  const first = await source.mark()
  await lab.redis.hset(port.key('outcomes:seq'), 'run', 'another')
  await endOne(port)
  const second = await source.mark()
  expect([first.n, second.n, second.epoch === first.epoch]).toEqual([1, 2, false])
})

it('bounds that another program wrote are none, and the next call with some puts them right', async () => {
  const port = await lab.queue()
  const some = ['-5', '-1e30', '-inf', 'nan', '0x10', '0', '9'.repeat(400), '1.5', '']
  const garbage = ['x', '', '1 2 3', '- - - ten 1 topic', ...some.map((bound) => `- ${bound} - 10 600000 topic`)]
  for (const text of [...garbage, ...some.map((factor) => `- 5 - ${factor} 600000 topic`)]) {
    await lab.redis.hset(port.key('meta'), 'outcomes', text)
    await port.offer(['1'])
    const worker = port.worker()
    const { lease } = await worker.claimOne()
    expect((await worker.turn({ settlements: [{ kind: 'complete', lease }] })).stale).toEqual([])
  }
  expect(await lab.redis.exists(port.key('outcomes:log'))).toBe(0)
  await endOne(port)
  expect(await lab.redis.xlen(port.key('outcomes:log'))).toBe(1)
})

it('what another program wrote of a group stops no turn, and the log keeps its bounds', async () => {
  for (const floor of ['99999999999999999999999-1', '5-18446744073709551615', 'x', '-1--1', '1e400-1']) {
    const port = await lab.queue()
    await lab.redis.zadd(port.key('outcomes:readers'), '-inf', 'g')
    await lab.redis.hset(port.key('outcomes:floors'), 'g', floor)
    const few: OutcomeLimits = { maxCount: 2, maxAgeMs: 1, unreadFactor: 1, groupExpiresMs: 86_400_000 }
    for (let i = 0; i < 6; i++) {
      await port.offer(['1'])
      const worker = port.worker()
      const { lease } = await worker.claimOne()
      const reply = await worker.turn({ settlements: [{ kind: 'complete', lease }], outcomes: few })
      expect([reply.stale, await lab.redis.zcard(port.key('leases'))]).toEqual([[], 0])
    }
    expect(await lab.redis.xlen(port.key('outcomes:log'))).toBeLessThanOrEqual(3)
  }
})

it('an id with bytes that are no UTF-8 is read alike by those who subscribe and by groups', async () => {
  const port = await lab.queue()
  await endOne(port)
  const odd = [
    ...[[0xff], [0xc3], [0x80, 0xbf], [0xe4, 0xbd], [0xf0, 0x9f, 0x98], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]],
    ...[[0xc0, 0xaf], [0xe0, 0x80, 0x80], [0xe4, 0xc3, 0xa9], [0xf5, 0x80], [...Buffer.from('é你😀\u{10ffff}')], []],
  ].map((bytes) => Buffer.concat([Buffer.from('é'), Buffer.from(bytes), Buffer.from('%\n你')]))
  const numbers = await port.add(...odd.map((_, i) => ({ id: `id-${i}`, header: `{"id":"id-${i}"}` })))
  for (const [i, n] of numbers.entries()) {
    const record = (await lab.redis.hgetBuffer(port.key('tasks'), n))!.toString('latin1')
    const id = odd[i]!.toString('latin1').replace('\n', '\\n')
    await lab.redis.hset(port.key('tasks'), n, Buffer.from(record.replace(`id-${i}`, id), 'latin1'))
  }
  const heard: string[] = []
  const malformed: unknown[] = []
  const subscription = await port.storage.outcomes!(port.name).subscribe({
    onFrame: ({ bodies }) => void heard.push(...bodies),
    onMalformed: (error) => void malformed.push(error),
    onInterruption: () => undefined,
  })
  await port.driver.apply({ kind: 'purge', state: 'waiting', reason: 'é', limit: 1_000 })
  await eventually(() => heard.length === odd.length || malformed.length > 0, 'the frame')
  expect(malformed).toEqual([])
  const entries = await lab.redis.xrange(port.key('outcomes:log'), '-', '+')
  expect(heard).toEqual(entries.slice(1).map(([, [, text]]) => text!.split(' ').slice(3).join(' ')))
  expect(heard.at(-2)).toMatch(/^éé你😀\u{10ffff}%25%0A你\n\d+\|K\|/u)
  expect(heard[0]).toMatch(/^é\ufffd%25%0A你\n/)
  await subscription.close()
})
