import type { GroupDriver, Note, QueueAdmin, QueueDriver } from '@mq/core'
import assert from 'node:assert/strict'
import { begin, bodies, KEPT } from '../../port-group.ts'
import { assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

type Leased = Pick<QueueDriver, 'extend' | 'note'>

const TOO_MANY = Array.from({ length: 1_001 }, (_, i) => String(i))

/** Of queues and of groups: calls about leases, of which one is held. */
const WRONG_LEASE_CALLS: Record<string, (port: Leased, lease: string) => Promise<unknown>> = {
  'to extend by −1 ms': (port, lease) => port.extend([lease], -1),
  'to extend by what is not a number': (port, lease) => port.extend([lease], Number.NaN),
  'to extend without an end': (port, lease) => port.extend([lease], Number.POSITIVE_INFINITY),
  'to extend what is not a text': (port, lease) => port.extend([lease, 7 as never], 60_000),
  'to extend 1,001 leases': (port, lease) => port.extend([lease, ...TOO_MANY.slice(1)], 60_000),
  'a note of another kind': (port, lease) => port.note([memoOf(lease), { lease, kind: 'wish' as never, body: '1' }]),
  'a note that is not a text': (port, lease) => port.note([memoOf(lease), { lease, kind: 'memo', body: 7 as never }]),
  '1,001 notes': (port, lease) => port.note([memoOf(lease), ...TOO_MANY.slice(1).map(memoOf)]),
}

const WRONG_COMMANDS: Record<string, Parameters<QueueAdmin['apply']>[0]> = {
  'an unknown command': { kind: 'forget' } as never,
  'a command of groups': { kind: 'remove' } as never,
  'to cancel what has no name': { kind: 'cancel', task: { n: 7 as never }, reason: '' },
  'a cancellation whose reason is not a text': { kind: 'cancel', task: { n: '7' }, reason: 7 as never },
  'to change what has no name': { kind: 'change', task: { n: 7 as never }, delayMs: 0 },
  'to make a task due in the past': { kind: 'change', task: { n: '7' }, delayMs: -1 },
  'a level beyond the highest': { kind: 'change', task: { n: '7' }, level: 10 },
  'a level between two': { kind: 'change', task: { n: '7' }, level: 4.5 },
  'a payload that is not a text': { kind: 'change', task: { n: '7' }, payload: 7 as never },
  'to purge 0 tasks': { kind: 'purge', state: 'waiting', reason: '', limit: 0 },
  'to purge 1,001 tasks': { kind: 'purge', state: 'waiting', reason: '', limit: 1_001 },
  'to purge running tasks': { kind: 'purge', state: 'running' as never, reason: '', limit: 1 },
  'to discard 1,001 dead letters': { kind: 'discard', tasks: TOO_MANY },
  'to redrive 1,001 dead letters': { kind: 'redrive', tasks: TOO_MANY.map((n) => ({ n, delayMs: 0 })) },
  'to redrive in the past': { kind: 'redrive', tasks: [{ n: '7', delayMs: -1 }] },
}

const WRONG_GROUP_COMMANDS: Record<string, Parameters<GroupDriver['apply']>[0]> = {
  'an unknown command': { kind: 'forget' } as never,
  'a command of queues': { kind: 'obliterate' } as never,
  'to discard 1,001 dead letters': { kind: 'discard', tasks: TOO_MANY },
  'to redrive in the past': { kind: 'redrive', tasks: [{ n: '7', delayMs: -1 }] },
}

const WRONG_BODIES: Record<string, readonly string[]> = {
  'no message': [],
  '1,001 messages': TOO_MANY,
  'a message that is not a text': ['1', 7 as never],
}

/** What `checkExtend`, `checkNotes`, `checkRead` and `checkCommand` say: refused before anything is done. */
export function wrongCalls(test: Test): void {
  for (const [what, call] of Object.entries(WRONG_LEASE_CALLS)) {
    test(`refuses ${what}, and does nothing`, async (scene) => {
      const queue = await scene.queue()
      await queue.add('1')
      const { lease } = await queue.worker().claimOne({ leaseMs: 50 })
      await assertRefused(call(queue.driver, lease))
      await scene.pass(60)
      assert.equal((await queue.worker().claimOne()).memo, undefined)
    })
  }

  test('refuses to read a task without a name', async (scene) => {
    const queue = await scene.queue()
    await assertRefused(queue.driver.read([{ n: '7' }, { n: 7 as never }]))
    await assertRefused(queue.driver.read([{ id: undefined as never }]))
  })

  for (const [what, command] of Object.entries(WRONG_COMMANDS)) {
    test(`refuses ${what}, and changes nothing`, async (scene) => {
      const queue = await scene.queue()
      await queue.bury('1')
      await queue.add('2')
      await assertRefused(queue.driver.apply(command))
      await queue.assertStats({ waiting: 1, dead: 1 })
    })
  }
}

/** The same of channels and groups: `checkMessages`, `checkExtend`, `checkNotes`, `checkGroupCommand`. */
export function wrongChannelCalls(test: Test): void {
  for (const [what, wrong] of Object.entries(WRONG_BODIES)) {
    test(`refuses to publish ${what}, and counts none`, async (scene) => {
      const news = await scene.channel()
      await assertRefused(news.publish(wrong))
      assert.equal((await news.publish(['1'])).n, 1)
    })
  }

  for (const [what, call] of Object.entries(WRONG_LEASE_CALLS)) {
    test(
      `refuses ${what}, of a group too`,
      async (scene) => {
        const news = await scene.channel()
        const worker = await begin(news, 'audit')
        await news.publish(['1'], KEPT)
        const { lease } = await worker.claimOne({ leaseMs: 50 })
        await assertRefused(call(news.group('audit', { from: 'latest' }), lease))
        await scene.pass(60)
        assert.equal((await worker.claimOne()).memo, undefined)
      },
      { capability: 'groups' },
    )
  }

  for (const [what, command] of Object.entries(WRONG_GROUP_COMMANDS)) {
    test(
      `refuses ${what}, of a group too, and changes nothing`,
      async (scene) => {
        const news = await scene.channel()
        const worker = await begin(news, 'audit')
        await assertRefused(news.group('audit', { from: 'latest' }).apply(command))
        await news.publish(['1'], KEPT)
        assert.deepEqual(await bodies(worker), ['1'])
      },
      { capability: 'groups' },
    )
  }
}

function memoOf(lease: string): Note {
  return { lease, kind: 'memo', body: '1' }
}
