// Every program of the README runs as it stands: what it prints, that it fails nowhere, and that it ends by itself.
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './run-program.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

describe.each(['memory', 'redis'] as const)('on %s', (storage) => {
  const run = (file: string) => runProgram(file, storage === 'redis' ? redis.url : undefined)

  it('the typed queue tells the producer its result', async () => {
    expect(await run('typed-queue.ts')).toEqual({
      lines: ['attempt 1: "Hello" to ada@example.org', 'welcome-ada was sent as <welcome-ada@example.org>'],
      errors: '',
    })
  })

  it('the worker reports progress, comes back, buries, times out and is cancelled', async () => {
    const { lines, errors } = await run('worker.ts')
    const steps = lines.filter((line) => line.startsWith('short.mov { done'))
    expect(steps.length).toBeGreaterThan(0)
    expect(lines.filter((line) => !steps.includes(line))).toEqual([
      'short.mov { frames: 14400 }',
      'big.mov { frames: 1440 }',
      'notes.txt dead not-a-film',
      "slow.mov dead [ 'attempts-exhausted', 'task-timeout' ]",
      'long.mov cancelled',
      'long.mov cancelled wrong film',
      'closed: { completed: 0, released: 0, abandoned: [] }',
    ])
    expect(errors.match(/^\[mq\] .*$/gm)).toEqual(['[mq] a task failed {', '[mq] a task failed {'])
    expect(errors.match(/took longer than 100 ms/g)).toHaveLength(2)
  })

  it('no tenant waits for a loud one, or has more running than it may', async () => {
    expect(await run('tenants.ts')).toEqual({
      lines: [
        'loud: 500 wait',
        'gold: 30 wait',
        'quiet: 1 wait',
        'quiet was served within the first 10',
        'no tenant had more than 2 running',
      ],
      errors: '',
    })
  })

  it('a queue has partitions, and is one queue for its users', async () => {
    const lines = [
      '16 partitions; of those before, these have something yet: 8',
      'a repeated enqueue finds its task: true',
      'it is cancelled from anywhere: cancelled',
      '301 tasks of 101 tenants wait',
      '101 tenants were served, each in order: true',
      'another number: partitions-differ',
    ]
    expect(await run('partitions.ts')).toEqual({ lines: storage === 'redis' ? lines : lines.slice(0, 5), errors: '' })
  })

  it('a channel has partitions, and is one channel for its users', async () => {
    const lines = [
      '151 messages were heard, 152 booked',
      'each account in order: true',
      'the groups: balances; unread: 0',
      'the last message: delivered',
      'another number: partitions-differ',
    ]
    expect(await run('channel-partitions.ts')).toEqual({
      lines: storage === 'redis' ? lines : lines.slice(0, 4),
      errors: '',
    })
  })

  it('a queue is split by hand, and each tenant stays in its part', async () => {
    expect(await run('split-queue.ts')).toEqual({
      lines: ['a repeated enqueue finds its task: true', '8 of 8 parts have 100 tasks together', '100 results'],
      errors: '',
    })
  })

  it('a tenant whose tasks pile up is refused, and no other', async () => {
    expect(await run('full-tenant.ts')).toEqual({
      lines: [
        "queue imports is full for a key (100 tasks wait) { key: 'loud' }",
        '{ taken: 100, refused: 50 }',
        '101 wait',
      ],
      errors: '',
    })
  })

  it('programs that know nothing of mq push, pop, publish and listen', async () => {
    const { lines, errors } = await run('other-programs.ts')
    expect(lines).toEqual([
      'did 49 and 64',
      'invalid-payload: what?',
      'popped "to: somebody"',
      'the other program heard 5',
      'we heard 5',
    ])
    expect(errors).toBe('')
  })

  it('an API that takes ten calls a second gets no more, and is left in peace when it asks for it', async () => {
    expect(await run('api-limit.ts')).toEqual({
      lines: [
        '15 calls for 14 mails',
        'never more than ten in a second: true',
        'half a second of peace after the 429: true',
        'no attempt was charged: true',
        '{ concurrency: 5, rate: { count: 100, perMs: 1000, burst: 1 } } { overridden: true }',
      ],
      errors: '',
    })
  })

  it('the bookings of an account are done in order, also when one is retried', async () => {
    expect(await run('in-order.ts')).toEqual({
      lines: ['ben 100, ben -30, ben 5, ann 100, ann -30, ann 5'],
      errors: '',
    })
  })

  it('the events of an account are handled one at a time, in order, by two members', async () => {
    expect(await run('ordered-group.ts')).toEqual({
      lines: ['ann: 1, 2, 3, 4', 'ben: 1, 2, 3, 4', 'cid: 1, 2, 3, 4', 'at once, of one account: 1', '0 unread'],
      errors: '',
    })
  })

  it('the payments are retried as their errors deserve', async () => {
    expect(await run('retries.ts')).toEqual({
      lines: [
        'mine completed { paid: 1999, attempt: 1, attempts: 3 }',
        'the bank says: busy',
        'the bank says: busy',
        'the bank says: busy',
        'foreign dead ',
        'the bank says: card-refused',
        'stolen dead ',
        'the bank says: busy',
        'only-once dead',
        'dead letter only-once: attempts-exhausted { failures: 1 }',
        'dead letter stolen: not-retryable { failures: 1 }',
        'dead letter foreign: attempts-exhausted { failures: 3 }',
      ],
      errors: '',
    })
  })

  it('the rows are written together, and the bad one fails alone', async () => {
    expect(await run('batches.ts')).toEqual({
      lines: [
        '40 rows in 1 statement',
        'cold dead colder than cold',
        'hot completed ',
        'broken dead attempts-exhausted',
        'fine completed ',
        'sum 6',
      ],
      errors: '',
    })
  })

  it('the isolated handler that never returns is killed, and the other one answers', async () => {
    const { lines, errors } = await run('isolated.ts')
    expect(lines).toEqual(['quick { count: 168 }', 'endless task-dead'])
    expect(errors.match(/took longer than 5000 ms/g)).toHaveLength(1)
  })

  it('the operator sees which queues there are, and who works', async () => {
    // In a database that the other programs do not use.
    expect(await runProgram('who-works.ts', storage === 'redis' ? `${redis.url}/1` : undefined)).toEqual({
      lines: [
        'sent hello',
        "queues [ 'invoices', 'mails' ]",
        "channels [ 'prices' ]",
        'mails working { concurrency: 5, isMine: true, hasHost: true }',
        'quiet asked',
        'resume asked',
        'stop asked ada',
        'workers 0',
        '{ waiting: 1, isOld: false } {',
        ...['enqueued: 1', 'completed: 0', 'failed: 0', 'retried: 0', 'dead: 0', 'expired: 0'].map((it) => `  ${it},`),
        '  cancelled: 0',
        '}',
        storage === 'redis' ? "redis [ 'memory-used' ]" : "memory [ 'queues' ]",
        "queues [ 'letters', 'mails' ]",
      ],
      errors: '',
    })
  })

  it('the operator sees what went through', async () => {
    const { lines, errors } = await run('charts.ts')
    // A period of the history may be over by now, or not.
    expect([lines[0], errors]).toEqual(['completed 40 took 20 ms true', ''])
  })

  it('the operator explains, repairs, redrives, pauses and purges', async () => {
    expect(await run('operating.ts')).toEqual({
      lines: [
        'No worker has ever claimed from this queue.',
        'ada pays 100',
        'bob-1 negative ',
        'nobody-1 attempts-exhausted no such customer',
        "would redrive [ 'bob-1' ]",
        'bob pays 5',
        'deleted 1',
        'The queue is paused.',
        'purged 1',
        'cancelled',
      ],
      errors: '',
    })
  })

  it('the operator sees what is in a queue', async () => {
    expect(await run('seeing.ts')).toEqual({
      lines: [
        "waits Rome 4 { to: 'Rome' }",
        "waits Oslo 4 { to: 'Oslo' }",
        "waits Lima 4 { to: 'Lima' }",
        "waits Bern 4 { to: 'Bern' }",
        '2 2 undefined',
        'delayed Mars 3600000',
        'completed sent to Oslo',
        'completed sent to Rome',
        'dead no such street',
        "dead { to: 'Lima' } failed 1 of 2 times",
        'attempt 1: nobody answered the door',
        'logged: on the way to Lima, attempt 1',
        'logged: on the way to Lima, attempt 2',
        '- enqueued ',
        '- failed nobody answered the door',
        '- dead no such street',
      ],
      errors: '',
    })
  })

  it('a schedule ticks once at each instant, is run now, listed, paused and removed', async () => {
    expect(await run('schedules.ts')).toEqual({
      lines: [
        'created unchanged',
        '3 ticks, 200 ms apart: true',
        'the month, now',
        'monthly active true',
        'quick paused false',
        '12 next ones',
        'true',
      ],
      errors: '',
    })
  })

  it('tasks run after others, or not at all, and are followed by others', async () => {
    const { lines, errors } = await run('flows.ts')
    const named = lines.map((line) => line.replace(/n\d+/, 'n1'))
    // A mail comes when its worker gets to it.
    expect([errors, named.filter((line) => line.startsWith('mail')).toSorted()]).toEqual([
      '',
      ['mail: order 1 is packed', 'mail: order 4 is packed'],
    ])
    expect(named.filter((line) => !line.startsWith('mail'))).toEqual([
      'it weighs 14',
      'dead parent-failed',
      'cancelled parent-failed',
      'without a unicorn 5',
      'step 1',
      'step 2',
      'step 3',
      'blocked - It runs after 1 task, of which 1 has not ended: n1 of fetches. If one does not complete, it becomes a dead letter.',
      'fetches waiting, packing blocked 1',
      'cancelled',
    ])
  })

  it('others than the caller hear how tasks end', async () => {
    expect(await run('outcomes.ts')).toEqual({
      lines: [
        'ann completed, ben dead, cid cancelled',
        'ann pays 800',
        'ben pays nothing: too far',
        'cid pays nothing: took the train',
        "[ 'invoices' ] 0",
      ],
      errors: '',
    })
  })

  it('the reminders are changed before they begin', async () => {
    expect(await run('changing.ts')).toEqual({
      lines: [
        'tea changed delayed',
        'rent changed waiting',
        'tax changed changed',
        'pay the tax, with interest',
        'pay the rent',
        'done: pay the rent',
        'tax too-late',
        'drink tea',
        'tea changed done: drink tea',
      ],
      errors: '',
    })
  })

  it('the shop does things just once', async () => {
    expect(await run('just-once.ts')).toEqual({
      lines: [
        'one task: true',
        'one task: true added: false',
        'replaced: cancelled added: true',
        'tea: receipt 1, fence true',
        'charged 2',
        '{ waiting: 2, displaced: 3 }',
      ],
      errors: '',
    })
  })

  it('what happens to tasks is counted', async () => {
    const { lines, errors } = await run('events.ts')
    expect(errors).toBe('')
    expect(lines.slice(0, 2)).toEqual(['attempt 1 failed: there is no nobody', 'attempt 2 failed: there is no nobody'])
    expect(lines.slice(2).toSorted()).toEqual([
      'mails completed: 1',
      'mails dead: 1',
      'mails enqueued: 2',
      'mails retried: 1',
    ])
  })

  it('the trace follows the work', async () => {
    expect(await run('middleware.ts')).toEqual({
      lines: [
        '[request-7] orders begins',
        '[request-7] invoices begins',
        '[request-7] writes an invoice',
        '[request-7] invoices is done',
        '[request-7] orders is done',
        '[no trace] answered: invoice 1',
      ],
      errors: '',
    })
  })

  it('the channel reaches every subscriber in order', async () => {
    const { lines, errors } = await run('channels.ts')
    expect(errors).toBe('')
    expect(lines.filter((line) => line.startsWith('screen'))).toEqual([
      'screen: message 1, ABC at 1250',
      'screen: message 2, XYZ at 1250',
      'screen: message 3, END at 1250',
      'screen: 3 delivered',
    ])
    expect(lines.filter((line) => line.startsWith('watch'))).toEqual([
      'watch: prices.stocks 1, by north',
      'watch: prices.stocks 2, by nobody',
      'watch: prices.stocks 3, by nobody',
    ])
    expect(lines.filter((line) => line.startsWith('loop'))).toEqual([
      'loop: ABC at 1250',
      'loop: XYZ at 1250',
      'loop: END at 1250',
    ])
    expect(lines.filter((line) => line.startsWith('audit'))).toEqual([
      'audit, attempt 1: message 1, ABC at 1250',
      'audit, attempt 1: message 2, END at 990',
      'audit is 0 messages behind',
    ])
  })
})

it('a project with its own ioredis keeps it', async () => {
  expect(await runProgram('own-ioredis.ts', redis.url)).toEqual({ lines: ['Hello Ada', 'PONG'], errors: '' })
})

it.each(['typed-queue.ts', 'channels.ts'])(
  'in production no example takes the memory of a process for a storage: %s',
  async (file) => {
    await expect(runProgram(file, undefined, 'production')).rejects.toThrow('REDIS_URL is not set')
  },
)

it('each example that may run in memory refuses to in production', async () => {
  const folder = new URL('../src/', import.meta.url)
  for (const file of await readdir(folder)) {
    const source = await readFile(new URL(file, folder), 'utf8')
    if (!source.includes(': memoryAdapter()')) continue
    expect(source, file).toContain("if (!url && process.env.NODE_ENV === 'production') throw")
  }
})
