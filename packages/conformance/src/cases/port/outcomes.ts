import type { OutcomeLimits } from '@mq/core'
import type { TaskEnd } from '@mq/core/adapter'
import assert from 'node:assert/strict'
import { member } from '../../port-group.ts'
import { addKeeping, ENDS_KEPT, endsOf, KEEPS_OUTCOMES, kept } from '../../port-outcomes.ts'
import { assertRefused } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'

const statesOf = (ends: readonly TaskEnd[]): unknown[] => ends.map(({ n, outcome }) => [n, outcome.state])

export function outcomes(test: Test): void {
  test(
    'appends each way in which a task ends, once, with what it ended with',
    kept(async (queue, source) => {
      const odd = 'a%0A\n|ü'
      const [a, b, c, d, e, f] = await addKeeping(queue, { id: 'own' }, { id: odd }, '3', '4', '5', '6', {
        delayMs: 60_000,
      })
      const worker = queue.worker()
      const [ta, tb, tc, td, te] = await worker.claim(5, { keepResults: false })
      const settlements = [
        { kind: 'complete', lease: ta!.lease, id: 'own', result: '"ü\n"' },
        { kind: 'complete', lease: tb!.lease, id: odd },
        { kind: 'bury', lease: tc!.lease, reason: 'bad', detail: '{"x":1}', charge: true },
        { kind: 'expire', lease: td!.lease },
        { kind: 'retry', lease: te!.lease, delayMs: 60_000, charge: true },
      ] as const
      const turn = worker.next({ settlements, keepResults: false })
      await queue.driver.settleAndClaim(turn)
      assert.deepEqual((await queue.driver.settleAndClaim({ ...turn, repeat: true })).stale, [])
      assert.deepEqual(await worker.settle({ kind: 'complete', lease: ta!.lease, id: 'own', result: 'late' }), [0])
      assert.equal(await queue.cancel(f!, 'no | need\n'), 'cancelled')
      assert.equal(await queue.cancel(f!), 'too-late')
      const { readAt } = await queue.driver.inspect({ n: a! })
      const ends = await endsOf(source)
      for (const { outcome } of ends) assert.ok(outcome.endedAt <= readAt && outcome.endedAt > readAt - 60_000)
      const shown = ends.map(({ n, id, outcome }) => [n, id, { ...outcome, endedAt: undefined }])
      assert.deepEqual(JSON.parse(JSON.stringify(shown)), [
        [a, 'own', { state: 'completed', body: '"ü\n"' }],
        [b, odd, { state: 'completed' }],
        [c, null, { state: 'dead', reason: 'bad', body: '{"x":1}' }],
        [d, null, { state: 'expired' }],
        [f, null, { state: 'cancelled', body: 'no | need\n' }],
      ])
      assert.equal(e !== undefined, true)
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'appends what is purged, replaced and displaced, and the end of every life',
    kept(async (queue, source) => {
      const [a, b, c] = await addKeeping(
        queue,
        '1',
        { payload: '2', delayMs: 60_000 },
        { payload: '3', id: 'x', delayMs: 60_000 },
      )
      await queue.driver.apply({ kind: 'purge', state: 'waiting', reason: 'cleared', limit: 100 })
      const [d, e] = await addKeeping(
        queue,
        { id: 'x', payload: '4', replace: true },
        { id: 'x', payload: '5', replace: true },
      )
      const displacing = { outcomes: ENDS_KEPT, capacity: 1, displace: true }
      const [g] = await queue.offer(['6'], displacing).then((all) => all.map((one) => ('n' in one ? one.n : '')))
      assert.deepEqual(statesOf(await endsOf(source)), [
        [a, 'cancelled'],
        [c, 'cancelled'],
        [d, 'cancelled'],
        [e, 'dead'],
      ])
      const { changed } = await queue.driver.apply({ kind: 'redrive', tasks: [{ n: e!, delayMs: 0 }] })
      assert.equal(changed, 1)
      await queue.driver.apply({ kind: 'purge', state: 'delayed', reason: 'cleared', limit: 100 })
      for (const { lease, n } of await queue.worker().claim()) {
        await queue.worker().settle({ kind: 'complete', lease, id: n === e ? 'x' : undefined })
      }
      assert.deepEqual(
        new Set(statesOf(await endsOf(source)).map(String)),
        new Set([`${b},cancelled`, `${e},completed`, `${g},completed`]),
      )
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'appends nothing before a call with outcomes, nor after one with false',
    kept(async (queue, source) => {
      const work = async (limits: OutcomeLimits | undefined): Promise<string> => {
        const [n = ''] = await queue.add('1')
        const worker = queue.worker()
        const { lease } = await worker.claimOne()
        await worker.turn({ settlements: [{ kind: 'complete', lease }], outcomes: limits })
        return n
      }
      await work(undefined)
      const begun = await work(ENDS_KEPT)
      const remembered = await work(undefined)
      await work(false)
      await work(undefined)
      const again = await work(ENDS_KEPT)
      assert.deepEqual(
        (await endsOf(source)).map(({ n }) => n),
        [begun, remembered, again],
      )
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'appends from the first call that says so, also a turn that finds nothing, or a batch that adds nothing',
    kept(async (queue, source) => {
      await queue.add({ id: 'own' })
      await queue.worker().settle({ kind: 'complete', lease: (await queue.worker().claimOne()).lease, id: 'own' })
      const worker = queue.worker()
      assert.deepEqual(await worker.claim(1, { awaitWork: true, outcomes: ENDS_KEPT }), [])
      const [first = ''] = await queue.add({ delayMs: 60_000 })
      await queue.cancel(first)
      assert.equal((await queue.driver.stats()).outcomes, true)
      await worker.turn({ outcomes: false })
      assert.equal((await queue.driver.stats()).outcomes, undefined)
      const [second = ''] = await queue.add({ delayMs: 60_000 })
      const [receipt] = await queue.offer([{ id: 'own' }], { outcomes: ENDS_KEPT })
      assert.equal(receipt?.state, 'existing')
      await queue.cancel(second)
      assert.deepEqual(
        (await endsOf(source)).map(({ n }) => n),
        [first, second],
      )
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'keeps them within the bounds, and those that a group has not read for longer',
    kept(async (queue, source) => {
      const limits: OutcomeLimits = { maxCount: 10, unreadFactor: 3, groupExpiresMs: 604_800_000 }
      const reader = member(source.group('slow', { from: 'earliest' }))
      await reader.claim(1)
      const worker = queue.worker()
      const end = async (count: number): Promise<void> => {
        await queue.offer(Array.from({ length: count }, (_, i) => String(i)))
        const claimed = await worker.claim(count)
        for (const { lease } of claimed)
          await worker.turn({ settlements: [{ kind: 'complete', lease }], outcomes: limits })
      }
      await end(25)
      assert.equal((await source.group('slow', { from: 'latest' }).stats())?.unread, 25)
      await end(25)
      const { lost, claimed } = await reader.turn({ want: 1_000 })
      assert.deepEqual([lost, claimed.length], [20, 30])
      await reader.settle(...claimed.map(({ lease }) => ({ kind: 'complete', lease }) as const))
      await end(1)
      assert.equal((await member(source.group('new', { from: 'earliest' })).claim(1_000)).length, 10)
    }),
    KEEPS_OUTCOMES,
  )

  test(
    'refuses bounds that are none',
    kept(async (queue) => {
      const { driver } = queue
      for (const wrong of [
        { maxCount: 0 },
        { maxAgeMs: 0.5 },
        { maxBytes: -1 },
        { unreadFactor: 0 },
        { groupExpiresMs: Number.NaN },
      ]) {
        const limits = { ...ENDS_KEPT, ...wrong } as OutcomeLimits
        await assertRefused(queue.offer(['1'], { outcomes: limits }))
        await assertRefused(driver.settleAndClaim(queue.worker().next({ outcomes: limits })))
      }
    }),
    KEEPS_OUTCOMES,
  )
}
