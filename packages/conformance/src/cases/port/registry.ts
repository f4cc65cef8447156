import { MAX_LISTED_WORKERS, WORKER_KEPT_MS } from '@mq/core/adapter'
import type { KeptOrder, Registry } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { OptionalPart, Test } from '../../topic.ts'

const idsOf = async (registry: Registry): Promise<string[]> => (await registry.workers()).map(({ id }) => id).sort()

const ORDERS_HEARD: OptionalPart = {
  name: 'hints at orders',
  of: async (scene) => (await scene.open()).registry.listen,
}

export function registry(test: Test): void {
  test('lists names in order, each once, of one kind', async (scene) => {
    const { registry } = await scene.open()
    await registry.note({ used: ['b', 'a', 'B', 'a.1'].map((name) => ({ kind: 'queue', name })) })
    await registry.note({
      used: [
        { kind: 'queue', name: 'a' },
        { kind: 'channel', name: 'a' },
      ],
    })
    const elsewhere = (await scene.open()).registry
    assert.deepEqual([...(await elsewhere.names({ kind: 'queue', limit: 10 }))], ['B', 'a', 'a.1', 'b'])
    assert.deepEqual([...(await elsewhere.names({ kind: 'channel', limit: 10 }))], ['a'])
  })

  test('lists names in pages', async (scene) => {
    const { registry } = await scene.open()
    const names = Array.from({ length: 25 }, (_, i) => `q-${String(i).padStart(2, '0')}`)
    await registry.note({ used: names.toReversed().map((name) => ({ kind: 'queue', name })) })
    const seen: string[] = []
    for (let after: string | undefined; seen.length < 25; after = seen.at(-1)) {
      const page = await registry.names({ kind: 'queue', after, limit: 10 })
      assert.equal(page.length, Math.min(10, 25 - seen.length))
      seen.push(...page)
    }
    assert.deepEqual(seen, names)
    assert.deepEqual([...(await registry.names({ kind: 'queue', after: 'q-24', limit: 10 }))], [])
    assert.deepEqual([...(await registry.names({ kind: 'channel', limit: 1_000 }))], [])
  })

  test('forgets names that were obliterated, before those that are used in the same call', async (scene) => {
    const { registry } = await scene.open()
    const [a, b] = [
      { kind: 'queue', name: 'a' },
      { kind: 'queue', name: 'b' },
    ] as const
    await registry.note({ used: [a, b, { kind: 'channel', name: 'a' }] })
    await registry.note({ obliterated: [a, b, { kind: 'queue', name: 'never' }], used: [b] })
    assert.deepEqual([...(await registry.names({ kind: 'queue', limit: 10 }))], ['b'])
    assert.deepEqual([...(await registry.names({ kind: 'channel', limit: 10 }))], ['a'])
  })

  test('says of a worker whether its participant is connected, or does not say', async (scene) => {
    const { registry } = await scene.open()
    const elsewhere = (await scene.open()).registry
    const heard = await registry.listen?.(() => undefined)
    await registry.note({ working: [{ id: 'a', about: '1' }] })
    const [worker] = await elsewhere.workers()
    assert.ok([undefined, heard !== undefined].includes(worker!.connected))
    await heard?.close()
  })

  test('keeps what a worker said last, to the character, until it leaves', async (scene) => {
    const { registry } = await scene.open()
    const hostile = '"\n\u0000\u2028\u202e |{}\\ ü 😀 \t'
    await registry.note({
      working: [
        { id: 'a', about: '1' },
        { id: 'b', about: hostile },
      ],
    })
    await registry.note({ working: [{ id: 'a', about: '2' }] })
    const workers = await (await scene.open()).registry.workers()
    assert.deepEqual(Object.fromEntries(workers.map(({ id, about }) => [id, about])), { a: '2', b: hostile })
    for (const { seenAt } of workers) assert.ok(Number.isInteger(seenAt) && seenAt > 0)
    await registry.note({ left: ['a', 'never'] })
    await registry.note({ left: ['a'] })
    assert.deepEqual(await idsOf(registry), ['b'])
  })

  test(
    'lists a worker for a minute after it was noted last, and no longer',
    async (scene) => {
      const { registry } = await scene.open()
      await registry.note({
        working: [
          { id: 'dead', about: '' },
          { id: 'alive', about: '' },
        ],
      })
      await scene.pass(WORKER_KEPT_MS - 1)
      await registry.note({ working: [{ id: 'alive', about: '' }] })
      const ages = Object.fromEntries((await registry.workers()).map(({ id, seenAgoMs }) => [id, seenAgoMs]))
      assert.ok(ages['alive']! >= 0 && ages['alive']! < 1_000 && ages['dead']! >= WORKER_KEPT_MS - 1_000)
      assert.deepEqual(await idsOf(registry), ['alive', 'dead'])
      await scene.pass(1)
      assert.deepEqual(await idsOf(registry), ['alive'])
    },
    { longTime: true },
  )

  test('keeps ten thousand workers, those that were noted last', async (scene) => {
    const { registry } = await scene.open()
    for (let from = 0; from < MAX_LISTED_WORKERS + 1_000; from += 1_000) {
      await registry.note({ working: Array.from({ length: 1_000 }, (_, i) => ({ id: `w${from + i}`, about: '{}' })) })
      await scene.pass(2)
    }
    const ids = await idsOf(registry)
    assert.equal(new Set(ids).size, MAX_LISTED_WORKERS)
    assert.deepEqual([ids.includes('w999'), ids.includes('w1000'), ids.includes('w10999')], [false, true, true])
  })

  test('keeps the newest order for a worker as long as the worker, and answers each report with it', async (scene) => {
    const { registry } = await scene.open()
    const elsewhere = (await scene.open()).registry
    const note = (...ids: string[]): Promise<readonly KeptOrder[]> =>
      registry.note({ working: ids.map((id) => ({ id, about: 'x' })) })
    assert.deepEqual([...(await note('a', 'b', 'c'))], [])
    assert.equal(await elsewhere.order('a', 'quiet'), true)
    assert.equal(await elsewhere.order('b', 'quiet'), true)
    assert.equal(await elsewhere.order('b', 'resume \u00fc|\n'), true)
    assert.equal(await elsewhere.order('never', 'quiet'), false)
    const orders = await note('a', 'b', 'c')
    assert.deepEqual(
      orders.map(({ id, what }) => [id, what]),
      [
        ['a', 'quiet'],
        ['b', 'resume \u00fc|\n'],
      ],
    )
    assert.deepEqual([...(await note('a', 'b', 'c'))], orders)
    assert.deepEqual([...(await note('b', 'c'))], orders.slice(1))
    for (let i = 0; i < 3; i++) {
      const [{ n }, { n: other }] = (await note('a', 'b')) as [KeptOrder, KeptOrder]
      assert.equal(await elsewhere.order('b', 'quiet'), true)
      const [a, b] = (await note('a', 'b')) as [KeptOrder, KeptOrder]
      assert.deepEqual([a.n, b.n > other], [n, true])
    }
    await registry.note({ left: ['a'] })
    assert.equal(await elsewhere.order('a', 'quiet'), false)
    assert.deepEqual([...(await note('a'))], [])
  })

  test(
    'keeps no order for a worker that is not heard of for a minute, and numbers the next one above it',
    async (scene) => {
      const { registry } = await scene.open()
      const working = [{ id: 'a', about: '' }]
      await registry.note({ working })
      for (let i = 0; i < 3; i++) await registry.order('a', 'quiet')
      const [forgotten] = await registry.note({ working })
      await scene.pass(WORKER_KEPT_MS)
      assert.equal(await registry.order('a', 'quiet'), false)
      // Another worker reports itself, so that this one is dropped.
      await registry.note({ working: [{ id: 'b', about: '' }] })
      assert.deepEqual([...(await registry.note({ working }))], [])
      await registry.order('a', 'resume')
      const [next] = await registry.note({ working })
      assert.ok(next!.n > forgotten!.n, `${next!.n} after ${forgotten!.n}`)
    },
    { longTime: true },
  )

  test(
    'hints at an order, to the participant that noted the worker, and to no other',
    async (scene) => {
      const [mine, other] = [(await scene.open()).registry, (await scene.open()).registry]
      const heard: string[] = []
      const ears = [await mine.listen!(() => heard.push('mine')), await other.listen!(() => heard.push('other'))]
      await mine.note({ working: [{ id: 'a', about: '' }] })
      await other.order('a', 'quiet')
      await scene.eventually(() => heard.length > 0, 'a hint')
      await scene.pass(20)
      assert.deepEqual(heard, ['mine'])
      for (const ear of ears) await ear.close()
      await other.order('a', 'resume')
      await scene.pass(20)
      assert.deepEqual(heard, ['mine'])
    },
    { part: ORDERS_HEARD },
  )

  test('refuses arguments that are not right', async (scene) => {
    const { registry } = await scene.open()
    const many = Array.from({ length: 1_001 }, (_, i) => ({ kind: 'queue', name: `q${i}` }) as const)
    await assertCode(registry.note({ used: many }), 'storage-refused')
    await assertCode(registry.note({ used: [{ kind: 'topic' as never, name: 'a' }] }), 'storage-refused')
    await assertCode(registry.note({ working: [{ id: '', about: '' }] }), 'storage-refused')
    await assertCode(registry.note({ working: [{ id: 'a', about: 'x'.repeat(4_097) }] }), 'storage-refused')
    await assertCode(registry.names({ kind: 'queue', limit: 0 }), 'storage-refused')
    await assertCode(registry.names({ kind: 'queue', limit: 1_001 }), 'storage-refused')
    await assertCode(registry.order('', 'quiet'), 'storage-refused')
    await assertCode(registry.order('a', 'x'.repeat(65)), 'storage-refused')
    assert.deepEqual([...(await registry.names({ kind: 'queue', limit: 10 }))], [])
  })

  test('answers no more once its storage is closed', async (scene) => {
    const storage = await scene.open()
    await storage.close()
    await assertCode(storage.registry.note({ used: [] }), 'closed')
    await assertCode(storage.registry.names({ kind: 'queue', limit: 1 }), 'closed')
    await assertCode(storage.registry.workers(), 'closed')
    await assertCode(storage.registry.order('a', 'quiet'), 'closed')
  })
}
