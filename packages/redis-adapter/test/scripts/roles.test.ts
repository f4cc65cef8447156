// The rights that docs/production.md gives a producer, a worker and an operator: each has what its program needs, and not a command more.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBroker, defineChannel } from '@mq/core'
import type { Broker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { eventually } from '../lab/eventually.ts'
import { Lab } from '../lab/lab.ts'
import { createRecorder } from '../lab/recorder.ts'
import { ruleOf } from '../lab/rights.ts'
import type { RoleName } from '../lab/rights.ts'
import type { Recorder } from '../lab/recorder.ts'

const lab = await Lab.start()
/** The scripts that each of them runs. */
const SCRIPTS: Readonly<Record<RoleName, readonly string[]>> = {
  producer: [
    ...['enqueue', 'enqueue-displacing', 'enqueue-replacing', 'recall', 'read', 'cancel', 'end-lanes'],
    ...['look', 'link', 'tell', 'finish', 'family', 'children'],
    ...['publish', 'append', 'end-publisher', 'note-news'],
  ],
  worker: [
    ...[
      'settle-and-claim',
      'settle-and-claim-appending',
      'settle-and-claim-sharing',
      ...['look', 'link', 'tell', 'chores', 'finish', 'family', 'children', 'enqueue', 'enqueue-replacing'],
      'extend',
      'note',
      'read',
      'end-lanes',
    ],
    ...['sample', 'mark', 'group-turn', 'group-extend', 'group-note', 'group-apply', 'note-news', 'publish', 'append'],
    'end-publisher',
  ],
  operator: [],
}

function commandsOf(scripts: readonly string[]): Set<string> {
  const used = new Set<string>()
  for (const script of scripts) {
    const text = readFileSync(join(import.meta.dirname, `../../lua/${script}.lua`), 'utf8')
    for (const [, command = ''] of text.matchAll(/redis\.p?call\('(\w+)'/g)) used.add(command.toLowerCase())
    for (const [, command = ''] of text.matchAll(/'(S?PUBLISH)'/g)) used.add(command.toLowerCase())
  }
  return used
}

/** What every connection sends, and scripts are started with. */
const ALWAYS = ['ping', 'info', 'hello', 'auth', 'select', 'quit', 'evalsha', 'eval', 'subscribe', 'unsubscribe']
const IN_CLUSTER = ['cluster|slots', 'asking', 'ssubscribe', 'sunsubscribe']

it.each(['producer', 'worker'] as const)('a %s has the commands of its scripts, and no others', (role) => {
  const given = ruleOf(role)
    .filter((word) => word.startsWith('+'))
    .map((word) => word.slice(1))
  const used = [...commandsOf(SCRIPTS[role])].flatMap((command) =>
    command === 'pubsub' ? ['pubsub|numsub', 'pubsub|shardnumsub'] : [command],
  )
  expect(given.toSorted()).toEqual([...new Set([...used, ...ALWAYS, ...IN_CLUSTER])].toSorted())
})

it('an operator has those of both, and those that reports and lists need', () => {
  const given = new Set(ruleOf('operator'))
  for (const role of ['producer', 'worker'] as const) {
    expect(ruleOf(role).filter((word) => word.startsWith('+') && !given.has(word))).toEqual([])
  }
})

async function as(
  role: RoleName,
): Promise<{ readonly broker: Broker; readonly recorder: Recorder; readonly url: string }> {
  const rule = ruleOf(role)
  await lab.redis.call('ACL', ['SETUSER', ...rule])
  const password = rule.find((word) => word.startsWith('>'))!.slice(1)
  const url = `redis://${role}:${password}@127.0.0.1:${lab.server.port}`
  const recorder = createRecorder()
  const broker = createBroker(redisAdapter({ url }), recorder.options)
  lab.defer(() => broker.close({ deadlineMs: 100 }))
  await broker.ready({ timeoutMs: 20_000 })
  return { broker, recorder, url }
}

const kept = defineChannel({ name: 'kept', history: { maxCount: 10, maxAgeMs: 60_000, maxBytes: 10_000 } })

describe('with exactly these rights', () => {
  it('a producer enqueues, awaits, cancels and publishes, and a worker works, listens and consumes', async () => {
    const [producer, worker] = [await as('producer'), await as('worker')]
    const heard: unknown[] = []
    await worker.broker.channel('plain').subscribe(({ payload }) => void heard.push(payload))
    await worker.broker.channel(kept).consume('audit', ({ payload }) => void heard.push(payload))
    const working = worker.broker.queue('q').process((payload, { attempt, progress }) => {
      progress(1)
      if (payload === 'again' && attempt === 1) throw new Error('the first time')
      return payload
    })
    const queue = producer.broker.queue('q')
    const tasks = [
      await queue.enqueue(1, { id: 'own', priority: 9 }),
      await queue.enqueue('again'),
      ...(await queue.enqueueAll([{ payload: 3 }, { payload: 4, key: 'k' }])),
    ]
    expect(await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })))).toEqual([1, 'again', 3, 4])
    const later = await queue.enqueue('later', { delayMs: 60_000 })
    expect(await later.cancel()).toBe('cancelled')
    await queue.enqueue('one', { id: 'r', delayMs: 60_000 })
    await queue.enqueue('other', { id: 'r', existing: 'replace', delayMs: 60_000 })
    await producer.broker.channel('plain').publish('a')
    await producer.broker.channel(kept).publish('b')
    await eventually(() => heard.length === 2, 'both messages')
    await working.close()
    expect(producer.recorder.errors).toEqual([])
    expect(worker.recorder.errors.filter(({ message }) => message !== 'the first time')).toEqual([])
    for (const { recorder } of [producer, worker]) expect(recorder.said(/ACL|right|NOPERM/)).toEqual([])
  })

  it('an operator looks, changes and removes', async () => {
    const { broker, recorder } = await as('operator')
    const queue = broker.queue('o')
    const dying = queue.process(() => {
      throw new Error('on purpose')
    })
    const dead = await queue.enqueue(1, { attempts: 1 })
    await dead.outcome({ timeoutMs: 20_000 })
    await dying.close()
    const waiting = await queue.enqueue(2)
    await queue.pause()
    await queue.resume()
    await queue.explain(waiting.id)
    await waiting.update(3)
    for (const state of ['waiting', 'delayed', 'running', 'ended', 'dead'] as const)
      await queue.tasks({ state }).first()
    await queue.stats()
    await queue.limits.set({ concurrency: 5 })
    await queue.limits.get()
    await queue.dead.redrive('all')
    await queue.purge()
    await broker.queues()
    await broker.workers()
    await broker.channels()
    await broker.channel(kept).publish('x')
    await (await broker.channel(kept).consume('g', () => undefined)).close()
    await broker.channel(kept).group('g').lag()
    await broker.channel(kept).group('g').seek('earliest')
    expect((await broker.storage()).findings.map(({ code }) => code)).not.toContain('hidden')
    await queue.obliterate({ force: true })
    await broker.channel(kept).obliterate({ force: true })
    expect(recorder.errors.filter(({ message }) => !message.includes('on purpose'))).toEqual([])
  })

  it.each(['producer', 'worker', 'operator'] as const)('a %s reads nothing of others', async (role) => {
    const { url } = await as(role)
    const client = new Redis(url)
    for (const call of [client.get('other'), client.flushall(), client.hget('other:{q}:meta', 'n'), client.keys('*')]) {
      await expect(call).rejects.toThrow(/NOPERM/)
    }
    client.disconnect()
  })
})
