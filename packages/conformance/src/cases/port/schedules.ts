import assert from 'node:assert/strict'
import { assertRefused } from '../../port-queue.ts'
import { PortSchedules, SCHEDULES, tickOf } from '../../port-schedules.ts'
import type { Scene } from '../../scene.ts'
import type { Test } from '../../topic.ts'

/** Names that mean something to somebody. */
const NAMES = [
  'a',
  'b\nc',
  'd|e',
  '{f}',
  ' ',
  '\u0000',
  '*',
  'é',
  '漢字',
  '🙂',
  '__proto__',
  '#1',
  '"',
  'x'.repeat(256),
]

export function schedules(test: Test): void {
  const kept = (title: string, body: (schedules: PortSchedules, scene: Scene) => Promise<void>): void =>
    test(title, async (scene) => body(new PortSchedules(await scene.queue(), scene), scene), { part: SCHEDULES })

  kept('keeps a schedule under any name, and finds it again', async (schedules) => {
    const dueAt = (await schedules.at()) + 60_000
    for (const name of NAMES) {
      assert.equal(await schedules.read(name), undefined)
      const { revision, ...set } = await schedules.set(name, dueAt, `body\n|{}\u0000 of ${name}`)
      assert.match(revision, /^\d+$/)
      assert.deepEqual(set, { name, dueAt, body: `body\n|{}\u0000 of ${name}` })
    }
    const revisions = await Promise.all(NAMES.map(async (name) => (await schedules.read(name))?.revision))
    assert.equal(new Set(revisions).size, NAMES.length)
    assert.deepEqual(await schedules.dueNames(), [])
    await schedules.queue.assertStats({})
  })

  kept('keeps those of a partition that is sealed, and takes no other', async (schedules) => {
    const dueAt = (await schedules.at()) + 60_000
    const before = await schedules.set('kept', dueAt)
    await schedules.queue.offer(['1'], { seals: true })
    const other = { name: 'other', body: 'body', dueAt }
    const states = async (): Promise<string[]> => [
      (await schedules.driver.set(other)).state,
      (await schedules.driver.set({ ...other, before })).state,
    ]
    assert.deepEqual(await states(), ['moved', 'moved'])
    assert.equal(await schedules.read('other'), undefined)
    assert.equal((await schedules.set('kept', dueAt + 1)).dueAt, dueAt + 1)
    assert.equal((await schedules.driver.set({ ...other, name: 'kept' })).state, 'stale')
    assert.equal(await schedules.driver.remove('kept'), true)
    assert.equal((await schedules.driver.set({ ...other, name: 'kept' })).state, 'moved')
  })

  kept('answers which are due, the earliest first, and when the next one is', async (schedules) => {
    const at = await schedules.at()
    await schedules.set('third', at + 30)
    await schedules.set('first', at + 10)
    await schedules.set('never')
    await schedules.set('second', at + 20)
    await schedules.set('later', at + 3_600_000)
    assert.equal((await schedules.due()).nextDueAt, at + 10)
    await schedules.pass(at + 40 - (await schedules.at()))
    const { schedules: due, nextDueAt, malformed } = await schedules.due()
    assert.deepEqual(
      [due.map(({ name }) => name), nextDueAt, malformed],
      [['first', 'second', 'third'], at + 3_600_000, []],
    )
    const two = await schedules.due(2)
    assert.deepEqual([two.schedules.map(({ name }) => name), two.nextDueAt], [['first', 'second'], at + 30])
  })

  kept('counts them, and says for how long the earliest has been due that nobody did', async (schedules) => {
    const counts = async () => (await schedules.queue.driver.stats()).schedules
    assert.equal(await counts(), undefined)
    await schedules.set('never')
    await schedules.set('later', (await schedules.at()) + 60_000)
    assert.deepEqual(await counts(), { count: 2, due: 0 })
    const first = await schedules.setDue('first')
    await schedules.pass(50)
    const { count, due, dueForMs } = (await counts())!
    assert.deepEqual([count, due], [3, 1])
    assert.ok(dueForMs! >= 50 && dueForMs! < 30_000, `dueForMs is ${dueForMs}`)
    await schedules.tick(first)
    assert.deepEqual(await counts(), { count: 3, due: 0 })
  })

  kept('does a tick once, whoever asks and how often, and says when the next one is due', async (schedules, scene) => {
    const schedule = await schedules.setDue('hourly')
    const elsewhere = new PortSchedules(await scene.queueElsewhere(), scene)
    const all = [schedules, elsewhere, schedules, elsewhere].map((each) => each.tick(schedule, ['"1"'], 3_600_000))
    assert.deepEqual((await Promise.all(all)).toSorted(), ['done', 'stale', 'stale', 'stale'])
    assert.deepEqual(await schedules.waiting(), ['"1"'])
    const after = (await schedules.read('hourly'))!
    assert.deepEqual([after.revision, after.dueAt], [schedule.revision, schedule.dueAt! + 3_600_000])
    assert.equal(after.lastAt, schedule.dueAt)
    assert.equal((await schedules.queue.read(after.lastTask!)).state, 'running')
    assert.deepEqual(await schedules.dueNames(), [])
    assert.equal((await schedules.due()).nextDueAt, after.dueAt)
  })

  kept('notes the instant of the last task of a tick, where that is later than the tick', async (schedules) => {
    const schedule = await schedules.setDue('late')
    const lastAt = schedule.dueAt! + 30_000
    const [receipt] = await schedules.ticks([{ ...tickOf(schedule, ['"1"', '"2"']), lastAt }])
    const after = (await schedules.read('late'))!
    assert.deepEqual([after.dueAt, after.lastAt], [schedule.dueAt! + 60_000, lastAt])
    assert.equal(after.lastTask, receipt!.state === 'done' && receipt!.tasks[1])
  })

  kept('does a tick once, also where the next one is due already', async (schedules) => {
    const schedule = await schedules.setDue('late')
    await schedules.pass(5)
    assert.deepEqual(
      [await schedules.tick(schedule, ['"1"'], 1), await schedules.tick(schedule, ['"1"'], 1)],
      ['done', 'stale'],
    )
    const [next] = (await schedules.due()).schedules
    assert.equal(next?.dueAt, schedule.dueAt! + 1)
    assert.deepEqual([await schedules.tick(next, ['"2"']), await schedules.tick(next, ['"2"'])], ['done', 'stale'])
    assert.deepEqual(await schedules.waiting(), ['"1"', '"2"'])
  })

  kept('answers a repeated batch of ticks as the first', async (schedules) => {
    const schedule = await schedules.setDue('one')
    const other = await schedules.setDue('other')
    const gone = { ...other, revision: '1' }
    const batch = { lane: 'repeated', seq: 1, ticks: [tickOf(schedule, ['"1"', '"2"']), tickOf(gone, ['"3"'])] }
    const first = await schedules.driver.tick(batch)
    assert.deepEqual(await schedules.driver.tick(batch), first)
    assert.deepEqual(
      first.map(({ state }) => state),
      ['done', 'stale'],
    )
    assert.deepEqual(await schedules.waiting(), ['"1"', '"2"'])
    const [done] = first
    assert.ok(done?.state === 'done')
    assert.equal(done.tasks.length, 2)
    assert.equal((await schedules.queue.read(done.tasks[1]!)).state, 'running')
    await schedules.driver.tick({ ...batch, seq: 2 })
    await assertRefused(schedules.driver.tick(batch))
    assert.deepEqual(await schedules.waiting(), [])
  })

  kept('does the ticks of many schedules at once, each by itself', async (schedules) => {
    const names = Array.from({ length: 100 }, (_, i) => `s${i}`)
    const at = await schedules.at()
    for (const name of names) await schedules.set(name, at + 5)
    await schedules.pass(5)
    const { schedules: due } = await schedules.due()
    assert.equal(due.length, 100)
    const odd = due.filter((_, i) => i % 2 === 1)
    await schedules.ticks(odd.map((each) => tickOf(each, [`"${each.name}"`])))
    // Some of a batch are done already, some have no task, and some have two.
    const receipts = await schedules.ticks(
      due.map((each, i) => tickOf(each, i % 4 === 0 ? [] : [`"${each.name}"`, `"${each.name} again"`])),
    )
    assert.deepEqual(
      receipts.map(({ state }) => state),
      due.map((_, i) => (i % 2 === 1 ? 'stale' : 'done')),
    )
    const expected = due.flatMap(({ name }, i) => {
      if (i % 2 === 1) return [`"${name}"`]
      return i % 4 === 0 ? [] : [`"${name}"`, `"${name} again"`]
    })
    assert.deepEqual((await schedules.waiting()).toSorted(), expected.toSorted())
    assert.deepEqual(await schedules.dueNames(), [])
    for (const { name, dueAt } of due) assert.equal((await schedules.read(name))?.dueAt, dueAt! + 60_000)
    const passed = (await schedules.read(due[0]!.name))!
    assert.deepEqual([passed.lastAt, passed.lastTask], [undefined, undefined])
  })

  kept('does no tick before its time', async (schedules) => {
    const schedule = await schedules.set('later', (await schedules.at()) + 60_000)
    assert.equal(await schedules.tick(schedule), 'stale')
    assert.deepEqual(await schedules.waiting(), [])
    assert.deepEqual(await schedules.read('later'), schedule)
  })

  kept('passes a tick over that has no tasks, once', async (schedules) => {
    const schedule = await schedules.setDue('skipped')
    assert.deepEqual([await schedules.tick(schedule, []), await schedules.tick(schedule, [])], ['done', 'stale'])
    assert.equal((await schedules.read('skipped'))?.dueAt, schedule.dueAt! + 60_000)
    assert.deepEqual(await schedules.dueNames(), [])
    assert.deepEqual(await schedules.waiting(), [])
  })

  kept('has no tick after the last one', async (schedules) => {
    const schedule = await schedules.setDue('last')
    assert.equal(await schedules.tick(schedule, ['"1"'], Number.POSITIVE_INFINITY), 'done')
    const after = (await schedules.read('last'))!
    assert.equal(after.dueAt, undefined)
    assert.equal(await schedules.tick(schedule), 'stale')
    const { schedules: due, nextDueAt } = await schedules.due()
    assert.deepEqual([due, nextDueAt], [[], undefined])
    assert.deepEqual(await schedules.waiting(), ['"1"'])
  })

  kept('adds tasks out of turn, and leaves what is due', async (schedules) => {
    const schedule = await schedules.set('now', (await schedules.at()) + 60_000)
    const { dueAt: _, ...now } = schedule
    assert.equal(await schedules.tick({ ...now }, ['"1"'], Number.POSITIVE_INFINITY), 'done')
    assert.deepEqual(await schedules.read('now'), schedule)
    assert.deepEqual(await schedules.waiting(), ['"1"'])
    await schedules.driver.remove('now')
    assert.equal(await schedules.tick({ ...now }, ['"2"'], Number.POSITIVE_INFINITY), 'stale')
    assert.deepEqual(await schedules.waiting(), [])
  })

  kept('replaces a schedule only where it is still as it was read', async (schedules) => {
    const first = await schedules.set('s', (await schedules.at()) + 60_000, '1')
    const set = (before: typeof first | undefined): Promise<{ readonly state: string }> =>
      schedules.driver.set({ name: 's', body: '2', dueAt: first.dueAt! + 1, before })
    assert.equal((await set(undefined)).state, 'stale')
    assert.equal((await set({ ...first, revision: '7' })).state, 'stale')
    assert.equal((await set({ ...first, dueAt: first.dueAt! + 1 })).state, 'stale')
    const { dueAt: _, ...undue } = first
    assert.equal((await set(undue)).state, 'stale')
    assert.deepEqual(await schedules.read('s'), first)
    assert.equal((await set(first)).state, 'set')
    const second = (await schedules.read('s'))!
    assert.deepEqual([second.body, second.dueAt], ['2', first.dueAt! + 1])
    assert.notEqual(second.revision, first.revision)
    // As a repetition of a call whose reply was lost.
    assert.equal((await set(first)).state, 'stale')
    assert.equal((await schedules.driver.set({ name: 'none', body: '', before: first })).state, 'stale')
    assert.equal(await schedules.read('none'), undefined)
  })

  kept('loses no tick by a change: what is due has to be done first', async (schedules) => {
    const schedule = await schedules.setDue('s', '1')
    const change = { name: 's', body: '2', dueAt: schedule.dueAt! + 3_600_000 }
    assert.equal((await schedules.driver.set({ ...change, before: schedule })).state, 'due')
    assert.equal((await schedules.read('s'))?.body, '1')
    assert.equal(await schedules.tick(schedule), 'done')
    const before = (await schedules.read('s'))!
    assert.equal((await schedules.driver.set({ ...change, before })).state, 'set')
    assert.equal((await schedules.read('s'))?.lastAt, schedule.dueAt)
    // The ticks of a schedule that was changed are none any more.
    assert.equal(await schedules.tick(before), 'stale')
    assert.deepEqual(await schedules.waiting(), ['"tick"'])
  })

  kept('does no tick of what a schedule was before', async (schedules) => {
    const first = await schedules.set('s', (await schedules.at()) + 50, '1')
    const second = await schedules.set('s', first.dueAt, '2')
    await schedules.pass(50)
    const { dueAt: _, ...extra } = first
    assert.equal(await schedules.tick(first), 'stale')
    assert.equal(await schedules.tick(extra, ['"1"'], Number.POSITIVE_INFINITY), 'stale')
    assert.equal(await schedules.tick(second, ['"2"']), 'done')
    assert.deepEqual(await schedules.waiting(), ['"2"'])
  })

  kept('removes a schedule, and gives no revision again', async (schedules) => {
    const schedule = await schedules.setDue('s')
    assert.equal(await schedules.driver.remove('s'), true)
    assert.equal(await schedules.driver.remove('s'), false)
    assert.equal(await schedules.read('s'), undefined)
    assert.deepEqual(await schedules.dueNames(), [])
    assert.equal(await schedules.tick(schedule), 'stale')
    const again = await schedules.set('s', schedule.dueAt! + 3_600_000)
    assert.notEqual(again.revision, schedule.revision)
    assert.deepEqual([again.lastAt, again.lastTask], [undefined, undefined])
    assert.equal(await schedules.tick(schedule), 'stale')
    assert.deepEqual(await schedules.waiting(), [])
  })

  kept('lists schedules by when they are due, page by page', async (schedules) => {
    const at = (await schedules.at()) + 60_000
    const names = ['b', 'a', 'é', '🙂', 'c']
    for (const name of names) await schedules.set(name, at)
    await schedules.set('soon', at - 1)
    await schedules.set('late', at + 1)
    for (const name of ['never 2', 'never 1']) await schedules.set(name)
    const expected = ['soon', 'a', 'b', 'c', 'é', '🙂', 'late', 'never 1', 'never 2']
    for (const limit of [1, 2, 4, 9, 100]) {
      const found: string[] = []
      let after: { readonly name: string; readonly dueAt?: number | undefined } | undefined
      do {
        const page = await schedules.driver.page({ limit, after })
        assert.ok(page.schedules.length <= limit)
        for (const each of page.schedules) {
          assert.deepEqual(each, await schedules.read(each.name))
          found.push(each.name)
        }
        after = page.next
      } while (after !== undefined)
      assert.deepEqual(found, expected, `pages of ${limit}`)
    }
    // Where the page began is no more.
    const { schedules: some } = await schedules.driver.page({ limit: 3 })
    await schedules.driver.remove('b')
    const rest = await schedules.driver.page({ limit: 100, after: some[2] })
    for (const name of expected.slice(3))
      assert.ok(
        rest.schedules.some((each) => each.name === name),
        name,
      )
  })

  kept('wakes a worker that sleeps, also by a task that is delayed', async (schedules, scene) => {
    const { queue } = schedules
    const log = await queue.hear()
    for (const delayMs of [0, 20]) {
      const schedule = await schedules.setDue(`s${delayMs}`)
      const before = log.count('work')
      await queue.worker().waitForWork()
      const task = { level: 4, delayMs, header: '', payload: '"1"' }
      await schedules.ticks([{ ...tickOf(schedule, []), tasks: [task] }])
      await scene.eventually(() => log.count('work') > before, 'a hint of work')
      await scene.eventually(async () => (await queue.worker().claim(1)).length === 1, 'the task')
    }
  })

  kept('tells those who listen that a schedule was set', async (schedules, scene) => {
    const elsewhere = await (await scene.queueElsewhere()).hear()
    const here = await schedules.queue.hear()
    await schedules.set('s', (await schedules.at()) + 60_000)
    await scene.eventually(() => here.count('scheduled') + elsewhere.count('scheduled') === 2, 'two hints')
  })

  kept('adds tasks as they are given, also to a queue that is full', async (schedules) => {
    const { queue } = schedules
    await queue.offer(['"first"'], { capacity: 1 })
    const schedule = await schedules.setDue('s')
    const tasks = [
      { level: 9, delayMs: 0, header: '{"headers":{"a":"b"}}', payload: '"urgent"' },
      { level: 0, delayMs: 3_600_000, header: '', payload: '"delayed"' },
    ]
    assert.deepEqual(
      (await schedules.ticks([{ ...tickOf(schedule, []), tasks }])).map(({ state }) => state),
      ['done'],
    )
    await queue.assertStats({ waiting: 2, delayed: 1 })
    assert.equal((await queue.driver.stats()).totals.enqueued, 3)
    const [urgent] = await queue.worker().claim(1)
    assert.deepEqual([urgent?.payload, urgent?.header], ['"urgent"', '{"headers":{"a":"b"}}'])
  })

  kept('deletes schedules with their queue, and gives no revision again', async (schedules) => {
    const schedule = await schedules.setDue('s')
    const { changed } = await schedules.queue.driver.apply({ kind: 'obliterate', force: false })
    assert.equal(changed, 1)
    assert.equal(await schedules.read('s'), undefined)
    assert.deepEqual(await schedules.dueNames(), [])
    const again = await schedules.set('s', schedule.dueAt! + 3_600_000)
    assert.notEqual(again.revision, schedule.revision)
    assert.equal(await schedules.tick(schedule), 'stale')
  })

  kept('does no tick of a lane that ended', async (schedules) => {
    const schedule = await schedules.setDue('s')
    const batch = { lane: 'ended', seq: 1, ticks: [tickOf(schedule, ['"1"'])] }
    await schedules.queue.add('"other"')
    await schedules.queue.driver.endLanes([{ lane: 'ended', seq: 1 }])
    await assertRefused(schedules.driver.tick(batch))
    assert.deepEqual(await schedules.dueNames(), ['s'])
  })

  kept('refuses wrong calls, and does nothing then', async (schedules) => {
    const { driver } = schedules
    const schedule = await schedules.setDue('s')
    const good = tickOf(schedule, ['"1"'])
    for (const name of ['', 'x'.repeat(257), '\ud800', 'a\udc00b', 7 as never]) {
      await assertRefused(driver.read(name))
      await assertRefused(driver.remove(name))
      await assertRefused(driver.set({ name, body: '' }))
      await assertRefused(schedules.ticks([{ ...good, name }]))
      await assertRefused(driver.page({ limit: 1, after: { name } }))
    }
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN, '1' as never]) {
      await assertRefused(driver.due(limit))
      await assertRefused(driver.page({ limit }))
    }
    for (const dueAt of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as never]) {
      await assertRefused(driver.set({ name: 'new', body: '', dueAt }))
      await assertRefused(schedules.ticks([{ ...good, dueAt }]))
      await assertRefused(schedules.ticks([{ ...good, nextDueAt: dueAt }]))
      await assertRefused(schedules.ticks([{ ...good, lastAt: dueAt }]))
    }
    await assertRefused(driver.set({ name: 'new', body: 7 as never }))
    await assertRefused(driver.set({ name: 's', body: '', before: { ...schedule, revision: 'x' } }))
    await assertRefused(schedules.ticks([{ ...good, nextDueAt: schedule.dueAt }]))
    await assertRefused(schedules.ticks([{ ...good, lastAt: schedule.dueAt! - 1 }]))
    await assertRefused(schedules.ticks([{ ...good, dueAt: undefined }]))
    await assertRefused(schedules.ticks([{ ...good, dueAt: undefined, nextDueAt: undefined, lastAt: schedule.dueAt }]))
    await assertRefused(schedules.ticks([good, good]))
    for (const wrong of [{ level: 10 }, { delayMs: -1 }, { header: 'a\nb' }, { payload: 7 as never }]) {
      await assertRefused(schedules.ticks([{ ...good, tasks: [{ ...good.tasks[0]!, ...wrong }] }]))
    }
    const many = Array.from({ length: 1_001 }, () => good.tasks[0]!)
    await assertRefused(schedules.ticks([{ ...good, tasks: many }]))
    await assertRefused(driver.tick({ lane: '', seq: 1, ticks: [good] }))
    assert.deepEqual(await schedules.read('s'), schedule)
    assert.equal(await schedules.read('new'), undefined)
    await schedules.queue.assertStats({})
  })
}
