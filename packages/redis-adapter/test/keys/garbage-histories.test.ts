// What other programs wrote where the errors and the log of a task are: the task is unharmed, what comes after is kept, and
// nothing is left of either.
import { describe, expect, it } from 'vitest'
import { Lab } from '../lab/lab.ts'

const lab = await Lab.start()
const LARGE = 'x'.repeat(100_000)

describe('where another program wrote into the errors and the log of a task', () => {
  const errors = ['', '\n', '\t\t', 'x', '1|2|a\nb', '1|1|a\tl5\t1|b', `${'9'.repeat(20)}|1|a`, '\0\uffff|\n', LARGE]
  const logs = ['', 'l', 'l\t', 'lx\t1|a', `l${'9'.repeat(20)}\t1|a`, 'l1\t1|a\nb', 'l-5\t1|a', 'l1\tno bar', '\t\t']
  const tables = [...errors, ...logs, LARGE, `l1${'\t1|a'.repeat(5_000)}`]

  it.each(tables.map((text) => [JSON.stringify(text.slice(0, 20)), text]))('%s', async (_, text) => {
    const port = await lab.queue()
    const [n = ''] = await port.add('"payload"')
    const worker = port.worker()
    const { lease } = await worker.claimOne()
    await port.redis.hset(port.key('failures'), n, '1', `e${n}`, text)
    await port.redis.hset(port.key('notes'), `l${n}`, text)
    await port.driver.inspect({ n }, { content: true })
    await port.driver.note([{ lease, kind: 'log', body: 'line' }])
    await worker.settle({ kind: 'retry', lease, delayMs: 0, charge: true, error: '{}' })
    const newest = async (): Promise<unknown> => {
      const { content } = await port.driver.inspect({ n }, { content: true })
      expect(Number.isSafeInteger(content?.log?.dropped)).toBe(true)
      return [content?.payload, content?.errors?.at(-1)?.error, content?.log?.lines.at(-1)?.line]
    }
    expect(await newest()).toEqual(['"payload"', '{}', 'line'])
    const again = (await worker.claimOne()).lease
    await worker.settle({ kind: 'bury', lease: again, reason: 'bad', detail: 'd', charge: true })
    expect(await newest()).toEqual(['"payload"', '{}', 'line'])
    const letters = await port.driver.list({ state: 'dead', limit: 10 })
    expect(letters).toMatchObject([{ reason: 'bad', detail: 'd', payload: '"payload"', failures: 3 }])
    await port.driver.apply({ kind: 'redrive', tasks: [{ n, delayMs: 0 }] })
    const alive = await worker.claimOne()
    expect([alive.payload, alive.failures]).toEqual(['"payload"', 0])
    await worker.settle({ kind: 'complete', lease: alive.lease })
    expect(await port.redis.exists(...['failures', 'notes', 'graves'].map((part) => port.key(part)))).toBe(0)
  })

  it('a record that begins with a tab is listed as it is', async () => {
    const port = await lab.queue()
    const [n = ''] = await port.add('"payload"')
    const worker = port.worker()
    await port.redis.hset(port.key('tasks'), n, '\t"garbage"')
    await worker.settle({ kind: 'bury', lease: (await worker.claimOne()).lease, reason: 'malformed', detail: '' })
    expect(await port.driver.list({ state: 'dead', limit: 10 })).toMatchObject([{ payload: '\t"garbage"' }])
  })
})
