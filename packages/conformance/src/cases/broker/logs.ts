import { bury, defineQueue, retry } from '@mq/core'
import assert from 'node:assert/strict'
import type { Test } from '../../topic.ts'
import { gate } from '../../values.ts'

export function taskLogs(test: Test): void {
  test('reads from another process what a handler logged, while it runs, and what it logged right before it died', async (scene) => {
    const queue = scene.broker().queue(defineQueue({ name: 'q', attempts: 2 }))
    const held = gate()
    queue.process(async (_, { attempt, log }) => {
      log(`attempt ${attempt}`)
      if (attempt === 1) return retry({ delayMs: 0 })
      log('two\nlines')
      await held.promise
      log('no such street')
      return bury('bad address')
    })
    const task = await queue.enqueue(1)
    const elsewhere = scene.broker().queue('q').task(task.id)
    const linesOf = async (): Promise<unknown> => (await elsewhere.logs())?.lines.map(({ line }) => line)
    await scene.eventually(async () => (await elsewhere.logs())?.lines.length === 3, 'three lines')
    assert.deepEqual(await linesOf(), ['attempt 1', 'attempt 2', 'two\nlines'])
    const { logs: whileRunning, logsDropped, enqueuedAt } = (await elsewhere.read())!
    assert.deepEqual([whileRunning?.length, logsDropped], [3, undefined])
    assert.ok(whileRunning!.every(({ at }) => at >= enqueuedAt!))
    held.open()
    await scene.during(task.outcome())
    assert.deepEqual(await linesOf(), ['attempt 1', 'attempt 2', 'two\nlines', 'no such street'])
    assert.equal((await elsewhere.read())?.logs?.length, 4)
  })

  test('keeps the last lines of a handler that logs a lot, and counts the others; nothing it passes fails it', async (scene) => {
    const queue = scene.broker().queue('q')
    queue.process((payload, { log }) => {
      const odd = { [Symbol.toPrimitive]: () => assert.fail('not to be read') }
      for (const value of [odd, Symbol('s'), undefined, null]) log(value as never)
      for (let i = 0; i < 1_000; i++) log(`${String(payload)} ${i}`)
      log('\u0001'.repeat(2_000))
      return payload === 'dies' ? bury('as it should') : payload
    })
    const [task, done] = await queue.enqueueAll([{ payload: 'dies' }, { payload: 'ends' }])
    await scene.during(task!.outcome())
    const logs = (await task!.logs())!
    assert.deepEqual([logs.lines.length, logs.dropped], [100, 905])
    assert.deepEqual(logs.lines.at(-2)?.line, 'dies 999')
    const { line } = logs.lines.at(-1)!
    assert.ok(line.length >= 500 && line === '\u0001'.repeat(line.length), `${line.length} characters`)
    assert.equal((await task!.read())?.logsDropped, 905)
    assert.equal(await scene.during(done!.result()), 'ends')
    assert.deepEqual([await done!.logs(), await queue.task('never').logs()], [undefined, undefined])
  })

  test('ignores what is logged after the run, and gives a task that logs nothing no log', async (scene) => {
    const queue = scene.broker().queue('q')
    let late: ((line: string) => void) | undefined
    queue.process((_, { log }) => ((late = log), bury('plain')))
    const task = await queue.enqueue(1)
    await scene.during(task.outcome())
    late!('too late')
    await scene.pass(50)
    assert.equal(await task.logs(), undefined)
  })
}
