import type { ListedState, TaskEntry, TaskMoment } from '@mq/core'
import { bury, defineQueue, retry } from '@mq/core'
import assert from 'node:assert/strict'
import { assertCode } from '../../port-queue.ts'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

export function taskPages(test: Test): void {
  test('answers the tasks in a state, by pages', async (scene) => {
    const queue = scene.broker().queue('tasks')
    await queue.enqueueAll(['a', 'b', 'c'].map((id) => ({ payload: { id }, id, headers: { trace: id } })))
    await queue.enqueue('later', { delayMs: 60_000, priority: 9 })
    const sizes: number[] = []
    const found: TaskEntry[] = []
    for await (const { tasks } of queue.tasks({ state: 'waiting', limit: 2, payloads: true })) {
      sizes.push(tasks.length)
      found.push(...tasks)
    }
    assert.deepEqual(sizes, [2, 1])
    assert.deepEqual(
      found.map(({ id, state, priority, payload, headers }) => ({ id, state, priority, payload, headers })),
      ['a', 'b', 'c'].map((id) => ({
        id,
        state: 'waiting',
        priority: 4,
        payload: { id },
        headers: { trace: id },
      })),
    )
    const first = await queue.tasks({ state: 'waiting', limit: 2 }).first()
    const second = await queue.tasks({ state: 'waiting', limit: 2, after: first.next }).first()
    assert.deepEqual([second.tasks.map(({ id }) => id), second.next], [['c'], undefined])
    assert.ok(!('payload' in first.tasks[0]!), 'payloads only where they are asked for')
    const [later] = (await queue.tasks({ state: 'delayed' }).first()).tasks
    assert.deepEqual([later!.priority, later!.dueAt! - later!.enqueuedAt!], [9, 60_000])
  })

  test('answers what ended, and what died', async (scene) => {
    const queue = scene.broker().queue('tasks')
    queue.process((payload) => {
      if (payload === 'thrown') throw new RangeError('too far')
      return payload === 'bad' ? bury('no') : payload
    })
    const tasks = await queue.enqueueAll(
      ['good', 'bad', 'worse', 'thrown'].map((payload) => ({ payload, id: payload, attempts: 1 })),
    )
    await tasks[0]!.cancel({ reason: 'not needed' }).then(async () => tasks[0]!.outcome())
    for (const task of tasks) await task.outcome()
    const list = async (state: ListedState): Promise<TaskEntry[]> => {
      const found: TaskEntry[] = []
      for await (const page of queue.tasks({ state, limit: 1, payloads: true })) found.push(...page.tasks)
      return found
    }
    const ended = await list('ended')
    assert.ok(ended.some(({ state, result }) => state === 'completed' && result === 'worse'))
    const dead = new Map((await list('dead')).map((entry) => [entry.id, entry]))
    const { state, reason, payload, error } = dead.get('bad')!
    assert.deepEqual(
      { state, reason, payload, error },
      { state: 'dead', reason: 'no', payload: 'bad', error: undefined },
    )
    const { name, message } = dead.get('thrown')!.error!
    assert.deepEqual([dead.size, name, message], [2, 'RangeError', 'too far'])
    const outcome = await queue.task(ended[0]!.id).outcome()
    assert.equal(outcome.state, ended[0]!.state)
  })

  test('refuses what no page is of, at once or from the page', async (scene) => {
    const queue = scene.broker().queue('tasks')
    await queue.enqueueAll([{ payload: 1 }, { payload: 2 }])
    const { next } = await queue.tasks({ state: 'waiting', limit: 1 }).first()
    const refused = { code: 'invalid-options' }
    for (const options of [
      {},
      { state: 'done' },
      { state: 'toString' },
      { state: 'waiting', limit: 0 },
      { state: 'waiting', limit: 1_001 },
      { state: 'waiting', payloads: 1 },
      { state: 'waiting', after: 7 },
      { state: 'waiting', after: '' },
      { state: 'delayed', after: next },
      { state: 'waiting', size: 1 },
      undefined,
    ]) {
      assert.throws(() => queue.tasks(options as never), refused, JSON.stringify(options))
    }
    for (const state of ['waiting', 'delayed', 'running', 'ended', 'dead'] as const) {
      for (const text of ['?', '1:2:3:4:5:6', '{}', '\n', ':', 'é'.repeat(200)]) {
        const after = { waiting: 'w', delayed: 'd', running: 'r', ended: 'e', dead: 'x' }[state] + text
        await assertCode(queue.tasks({ state, after }).first(), 'invalid-options')
      }
    }
  })

  test('says all that is known of one task', async (scene) => {
    const queue = scene.broker().queue(defineQueue<{ readonly to: string }>({ name: 'tasks', attempts: 3 }))
    assert.equal(await queue.task('never').read(), undefined)
    const task = await queue.enqueue({ to: 'a' }, { id: 'a', delayMs: 60_000, priority: 7, headers: { trace: 't' } })
    const { enqueuedAt, dueInMs, timeline, ...rest } = (await task.read())!
    assert.ok(enqueuedAt! > 0 && dueInMs! > 50_000 && dueInMs! <= 60_000)
    assert.deepEqual(whatOf(timeline), ['enqueued', 'due'])
    assert.ok(Math.abs(timeline[1]!.at - timeline[0]!.at - 60_000) < 1_000)
    assert.deepEqual(rest, {
      id: 'a',
      state: 'delayed',
      payload: { to: 'a' },
      headers: { trace: 't' },
      attempts: 3,
      failures: 0,
      crashes: 0,
      errors: [],
      priority: 7,
    })
    queue.process(({ to }) => (to === 'b' ? bury('no such street') : `sent to ${to}`))
    const [good, bad] = await queue.enqueueAll([{ payload: { to: 'c' } }, { payload: { to: 'b' }, attempts: 1 }])
    await good!.result()
    await bad!.outcome()
    const { endedAt, ...ended } = (await good!.read())!
    assert.deepEqual(ended, {
      id: good!.id,
      state: 'completed',
      result: 'sent to c',
      timeline: [{ at: endedAt, what: 'completed' }],
    })
    const dead = (await bad!.read())!
    assert.deepEqual([dead.state, dead.payload, dead.attempts, dead.errors], ['dead', { to: 'b' }, 1, []])
    assert.deepEqual(whatOf(dead.timeline), ['enqueued', 'dead: no such street'])
    await task.cancel({ reason: 'not needed' })
    const { state, reason, timeline: life } = (await task.read())!
    assert.deepEqual([state, reason, whatOf(life)], ['cancelled', 'not needed', ['cancelled: not needed']])
  })

  test('says why the attempts of a task failed, and when: while it is tried again, while it runs, and when it died', async (scene) => {
    const backoff = { kind: 'fixed', baseMs: 10, jitter: 0 } as const
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 3, backoff }))
    const last = gate()
    queue.process(async (_, { attempt }) => {
      if (attempt === 2) return retry({ delayMs: 3_600_000 })
      if (attempt === 3) await last.promise
      throw Object.assign(new RangeError(`street\t${attempt}`), { code: 'E_STREET' })
    })
    const task = await queue.enqueue(1)
    await scene.eventually(async () => (await task.read())?.failures === 2, 'two failures')
    const { errors: [first, second] = [], timeline } = (await task.read())!
    assert.deepEqual([first?.attempt, first?.name, first?.code], [1, 'RangeError', 'E_STREET'])
    assert.match(first?.stack ?? '', /^RangeError: street/)
    assert.deepEqual([second?.attempt, second?.message], [2, 'the handler asked for a retry'])
    const failed = ['enqueued', 'failed: street\t1', 'failed: the handler asked for a retry']
    assert.deepEqual(whatOf(timeline), [...failed, 'due'])
    await task.promote()
    await scene.eventually(async () => (await task.read())?.state === 'running', 'the third attempt')
    const running = (await task.read())!
    assert.deepEqual([whatOf(running.timeline), running.errors?.length], [failed, 2])
    last.open()
    await scene.during(task.outcome())
    const dead = (await task.read())!
    assert.deepEqual(whatOf(dead.timeline), [...failed, 'failed: street\t3', 'dead: attempts-exhausted'])
    assert.deepEqual(
      dead.errors?.map(({ attempt, message }) => [attempt, message]),
      [
        [1, 'street\t1'],
        [2, 'the handler asked for a retry'],
        [3, 'street\t3'],
      ],
    )
  })
}

/** With the text, where there is one. */
function whatOf(timeline: readonly TaskMoment[]): string[] {
  assert.deepEqual(
    timeline,
    [...timeline].sort((a, b) => a.at - b.at),
  )
  return timeline.map(({ what, text }) => (text === undefined ? what : `${what}: ${text}`))
}
