import type { Inbox } from '@mq/core'
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { payloadsOf } from '../../port-queue.ts'
import type { PortQueue } from '../../port-queue.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

const PLAIN = { capability: 'plain' } as const

/** A list that no other case has. */
const freshInbox = (more: Partial<Inbox> = {}): Inbox => ({
  key: `task:${randomUUID()}:queue`,
  end: 'right',
  format: 'json',
  maxBytes: 1_000,
  ...more,
})

async function open(
  scene: Scene,
  more: Partial<Inbox> = {},
): Promise<{ readonly queue: PortQueue; readonly key: string }> {
  const inbox = freshInbox(more)
  return { queue: await scene.queue('tasks', { inbox }), key: inbox.key }
}

export function inbox(test: Test): void {
  test(
    'claims what another program pushed, first in first out for those who LPUSH',
    async (scene) => {
      const { queue, key } = await open(scene)
      const worker = queue.worker()
      assert.deepEqual(await worker.claim(), [])
      for (const text of ['1', '{"a": "b"}', '"3"']) await scene.otherProgram.lpush(key, text)
      const claimed = await worker.claim()
      assert.deepEqual(payloadsOf(claimed), ['1', '{"a": "b"}', '"3"'])
      assert.deepEqual(
        claimed.map(({ header, failures, crashes }) => [header, failures, crashes]),
        Array.from({ length: 3 }, () => ['', 0, 0]),
      )
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: claimed[0]!.lease, result: '"done"' }), [])
      assert.equal((await queue.outcome(claimed[0]!.n)).body, '"done"')
    },
    PLAIN,
  )

  test(
    'reads the left end where that is asked for, and texts as JSON strings',
    async (scene) => {
      const { queue, key } = await open(scene, { end: 'left', format: 'text' })
      await scene.otherProgram.rpush(key, 'some text', '"', 'ü€😀\n\t/\\', '')
      assert.deepEqual(
        payloadsOf(await queue.worker().claim()).map((text) => JSON.parse(text) as unknown),
        ['some text', '"', 'ü€😀\n\t/\\', ''],
      )
    },
    PLAIN,
  )

  test(
    'takes no more than a claim has room for, and nothing for who claims nothing',
    async (scene) => {
      const { queue, key } = await open(scene)
      await scene.otherProgram.lpush(key, ...Array.from({ length: 20 }, (_, i) => String(i)))
      const worker = queue.worker()
      await worker.turn()
      await queue.assertStats({ inbox: 20 })
      assert.deepEqual(payloadsOf(await worker.claim(5)), ['0', '1', '2', '3', '4'])
      await queue.assertStats({ inbox: 15, running: 5 })
      // The first is always given, whatever it weighs.
      assert.deepEqual(payloadsOf(await worker.claim(5, { maxBytes: 1 })), ['5'])
      assert.equal((await worker.claim(100)).length, 14)
      await queue.assertStats({ inbox: 0, running: 20 })
    },
    PLAIN,
  )

  test(
    'takes entries and tasks of its own in turn, so that neither waits for all of the other',
    async (scene) => {
      const { queue, key } = await open(scene)
      await queue.add(...Array.from({ length: 6 }, (_, i) => `"own ${i}"`))
      await scene.otherProgram.lpush(key, '"a"', '"b"')
      const worker = queue.worker()
      await worker.claim(2)
      await worker.claim(2)
      assert.deepEqual(payloadsOf(await worker.claim(4)), ['"own 4"', '"own 5"', '"a"', '"b"'])
      // One that is more urgent comes first, as always.
      await scene.otherProgram.lpush(key, '"c"')
      await queue.add({ payload: '"urgent"', level: 9 })
      assert.deepEqual(payloadsOf(await worker.claim()), ['"urgent"', '"c"'])
    },
    PLAIN,
  )

  test(
    'gives a repeated turn what it gave before, and takes nothing more',
    async (scene) => {
      const { queue, key } = await open(scene)
      await scene.otherProgram.lpush(key, '1', '2', '3')
      const turn = queue.worker().next({ want: 2 })
      const first = await queue.driver.settleAndClaim(turn)
      const again = await queue.driver.settleAndClaim({ ...turn, repeat: true })
      assert.deepEqual(
        again.claimed,
        first.claimed.map((task) => ({ ...task, claimedAt: again.claimed[0]!.claimedAt })),
      )
      await queue.assertStats({ inbox: 1, running: 2 })
    },
    PLAIN,
  )

  test(
    'gives each entry to one worker',
    async (scene) => {
      const inbox = freshInbox()
      const workers = [await scene.queue('tasks', { inbox }), await scene.queueElsewhere('tasks', { inbox })].map(
        (queue) => queue.worker(),
      )
      await scene.otherProgram.lpush(inbox.key, ...Array.from({ length: 300 }, (_, i) => String(i)))
      const claimed: string[] = []
      for (let empty = 0; empty < 2;) {
        const turns = await Promise.all(workers.map((worker) => worker.claim(7)))
        claimed.push(...turns.flatMap(payloadsOf))
        empty = turns.flat().length === 0 ? empty + 1 : 0
      }
      assert.deepEqual(
        claimed.map(Number).sort((a, b) => a - b),
        Array.from({ length: 300 }, (_, i) => i),
      )
    },
    PLAIN,
  )

  test(
    'recovers an entry whose worker died',
    async (scene) => {
      const { queue, key } = await open(scene)
      await scene.otherProgram.lpush(key, '"lost"')
      const { n } = await queue.worker().claimOne({ leaseMs: 1_000 })
      await scene.pass(1_100)
      const again = await queue.worker().claimOne()
      assert.deepEqual([again.n, again.payload, again.crashes], [n, '"lost"', 1])
    },
    PLAIN,
  )

  test(
    'makes what is too large a payload that is no JSON, and says its size',
    async (scene) => {
      const { queue, key } = await open(scene)
      await scene.otherProgram.lpush(key, `"${'x'.repeat(2_000)}"`, '1')
      const [large, small] = payloadsOf(await queue.worker().claim())
      assert.equal(large, `an entry of 2002 bytes, more than 1000: "${'x'.repeat(999)}`)
      assert.equal(small, '1')
    },
    PLAIN,
  )

  test(
    'leaves the inbox alone while the queue is paused, and when it is purged or obliterated',
    async (scene) => {
      const { queue, key } = await open(scene)
      const worker = queue.worker()
      await queue.driver.apply({ kind: 'pause' })
      await scene.otherProgram.lpush(key, '1', '2')
      assert.deepEqual(await worker.claim(), [])
      await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'x', limit: 1_000 })
      await queue.assertStats({ inbox: 2, paused: true })
      await queue.driver.apply({ kind: 'obliterate', force: true })
      await queue.assertStats({ inbox: 2 })
      assert.deepEqual(payloadsOf(await queue.worker().claim()), ['1', '2'])
    },
    PLAIN,
  )

  test(
    'does not refuse what comes by the inbox for want of room, but counts it once it was taken',
    async (scene) => {
      const { queue, key } = await open(scene)
      await queue.offer(['1'], { capacity: 1 })
      await scene.otherProgram.lpush(key, '2', '3')
      await queue.worker().claim(1)
      await queue.assertStats({ inbox: 1, waiting: 1, running: 1 })
      assert.deepEqual(
        (await queue.offer(['4'], { capacity: 1 })).map(({ state }) => state),
        ['full'],
      )
    },
    PLAIN,
  )

  test(
    'takes nothing while limits let nothing through, and says when they will',
    async (scene) => {
      const { queue, key } = await open(scene)
      const limits = { rate: { count: 1, perMs: 2_000, burst: 1 } }
      const worker = queue.worker({ limits })
      await scene.otherProgram.lpush(key, '1', '2', '3')
      assert.deepEqual(payloadsOf(await worker.claim(1)), ['1'])
      const held = await worker.turn({ want: 10 })
      assert.deepEqual(held.claimed, [])
      assert.ok(held.nextDueInMs !== undefined && held.nextDueInMs <= 2_000)
      await queue.assertStats({ inbox: 2, running: 1 })
      await scene.pass(2_100)
      assert.equal((await worker.claim(10)).length, 1)
    },
    PLAIN,
  )

  test(
    'has a sleeping worker look again soon, or sends a hint',
    async (scene) => {
      const { queue, key } = await open(scene)
      const hints = await queue.hear()
      const { claimed, nextDueInMs } = await queue.worker().turn({ want: 1, awaitWork: true })
      assert.deepEqual(claimed, [])
      await scene.otherProgram.lpush(key, '1')
      if (nextDueInMs === undefined) await scene.eventually(() => hints.count('work') > 0, 'a hint of work')
      else assert.ok(nextDueInMs <= 1_000)
    },
    PLAIN,
  )

  test(
    'wakes another worker where a claim leaves entries',
    async (scene) => {
      const inbox = freshInbox()
      const queue = await scene.queue('tasks', { inbox })
      const elsewhere = await scene.queueElsewhere('tasks', { inbox })
      const hints = await elsewhere.hear()
      await elsewhere.worker().waitForWork()
      await scene.otherProgram.lpush(inbox.key, '1', '2')
      await scene.eventually(() => hints.count('work') <= 1, 'at most one hint')
      await elsewhere.worker().turn({ want: 0 })
      await queue.worker().claim(1)
      await scene.eventually(() => hints.count('work') >= 1, 'a hint of work')
    },
    PLAIN,
  )
}
