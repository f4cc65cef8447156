import { createBroker, defineChannel, defineQueue, MqError, silentLogger } from '@mq/core'
import type { Broker } from '@mq/core'
import { createVirtualClock } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { Registry } from 'prom-client'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createMetrics } from '../src/create-metrics.ts'
import type { MetricsOptions } from '../src/create-metrics.ts'

function open(): Broker {
  const broker = createBroker(memoryAdapter(), { logger: silentLogger })
  onTestFinished(() => broker.close({ deadlineMs: 100 }))
  return broker
}

function metricsOf(broker: Broker, options: MetricsOptions = { shareMs: 0 }) {
  const metrics = createMetrics(broker, options)
  onTestFinished(() => metrics.close())
  return metrics
}

/** By its name with labels, as it is exposed. */
async function samplesOf(metrics: { read(): Promise<string> }): Promise<Readonly<Record<string, number>>> {
  const lines = (await metrics.read()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

describe('the metrics of a broker', () => {
  it('say what waits, runs, is delayed and died, and who works', async () => {
    const broker = open()
    const metrics = metricsOf(broker)
    const queue = broker.queue('mails')
    for (const payload of ['fails', 'done', 'runs']) await queue.enqueue(payload, { attempts: 1 })
    const later = await queue.enqueue('later', { delayMs: 60_000 })
    await queue.enqueue('after it', { after: [later] })
    queue.process(
      (payload) => {
        if (payload === 'fails') throw new Error('no')
        return payload === 'runs' ? new Promise(() => undefined) : 'ok'
      },
      { concurrency: 1, prefetch: false },
    )
    await vi.waitFor(async () => expect(await queue.stats()).toMatchObject({ running: 1, totals: { completed: 1 } }))
    await queue.enqueue('waits')
    const samples = await samplesOf(metrics)
    expect(samples).toMatchObject({
      mq_storage_up: 1,
      mq_queues: 1,
      mq_queues_left_out: 0,
      'mq_queue_waiting{queue="mails"}': 1,
      'mq_queue_delayed{queue="mails"}': 2,
      'mq_queue_blocked{queue="mails"}': 1,
      'mq_queue_overdue{queue="mails"}': 0,
      'mq_queue_lapsed{queue="mails"}': 0,
      'mq_queue_running{queue="mails"}': 1,
      'mq_queue_dead{queue="mails"}': 1,
      'mq_queue_paused{queue="mails"}': 0,
      'mq_workers{queue="mails",state="working"}': 1,
      'mq_workers{queue="mails",state="quiet"}': 0,
      'mq_tasks_enqueued_total{queue="mails"}': 6,
      'mq_tasks_total{queue="mails",outcome="completed"}': 1,
      'mq_tasks_total{queue="mails",outcome="dead"}': 1,
      'mq_task_failures_total{queue="mails"}': 1,
      'mq_enqueues_total{queue="mails",existing="false"}': 6,
      'mq_runs_total{queue="mails",outcome="completed"}': 1,
      'mq_runs_total{queue="mails",outcome="dead"}': 1,
      'mq_run_seconds_count{queue="mails"}': 2,
      'mq_wait_seconds_count{queue="mails"}': 2,
    })
    expect(samples['mq_queue_oldest_wait_seconds{queue="mails"}']).toBeGreaterThanOrEqual(0)
  })

  it('say of a queue that nobody works on that no worker does', async () => {
    const broker = open()
    await broker.queue('lonely').enqueue(1)
    expect(await samplesOf(metricsOf(broker))).toMatchObject({ 'mq_workers{queue="lonely",state="working"}': 0 })
  })

  it('count no worker that was killed, as far as the storage knows', async () => {
    const broker = open()
    const worker = broker.queue('mails').process(() => undefined)
    await worker.ready()
    const [mine] = await broker.workers()
    const others = [
      { ...mine!, id: 'killed', connected: false, alive: false },
      { ...mine!, id: 'killed2', queue: 'bills', alive: false },
    ]
    const metrics = metricsOf({ ...broker, workers: async () => [mine!, ...others] } as Broker)
    const samples = await samplesOf(metrics)
    expect(samples).toMatchObject({ 'mq_workers{queue="mails",state="working"}': 1 })
    expect(Object.keys(samples).filter((name) => name.includes('bills'))).toEqual([])
  })

  it('say how far the groups of channels are', async () => {
    const broker = open()
    const channel = broker.channel(defineChannel({ name: 'news', history: { maxCount: 10, maxAgeMs: 60_000 } }))
    const member = await channel.consume('audit', () => undefined, { from: 'earliest' })
    await member.close()
    await channel.publish('one')
    expect(await samplesOf(metricsOf(broker))).toMatchObject({
      'mq_group_unread{channel="news",group="audit"}': 1,
      'mq_group_lost_total{channel="news",group="audit"}': 0,
    })
  })

  it('say how far those are who follow how the tasks of a queue end', async () => {
    const broker = open()
    const queue = broker.queue(defineQueue({ name: 'jobs', outcomes: { maxCount: 10 } }))
    const member = await queue.outcomes.consume('audit', () => undefined)
    await member.close()
    await (await queue.enqueue(1, { delayMs: 60_000 })).cancel()
    expect(await samplesOf(metricsOf(broker))).toMatchObject({
      'mq_group_unread{channel="jobs:outcomes",group="audit"}': 1,
    })
  })

  it('are named as Prometheus wants it', async () => {
    const text = await metricsOf(open()).read()
    const types = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name!, type!] as const)
    expect(types.length).toBeGreaterThan(20)
    for (const [name, type] of types) {
      expect(name).toMatch(/^mq_[a-z]+(_[a-z]+)*$/)
      expect(name.endsWith('_total'), name).toBe(type === 'counter')
      expect(name).not.toMatch(/_(ms|milliseconds|count|sum|bucket)$/)
    }
    expect(text.match(/^# HELP /gm)).toHaveLength(types.length)
  })

  it('are those of this process only, where that is asked for, and nothing is read', async () => {
    const broker = open()
    const queues = vi.fn(broker.queues)
    const metrics = metricsOf({ ...broker, queues } as Broker, { storage: false })
    await broker.queue('mails').enqueue(1)
    expect(await samplesOf(metrics)).toEqual({ 'mq_enqueues_total{queue="mails",existing="false"}': 1 })
    expect(queues).not.toHaveBeenCalled()
  })

  it('are those of a registry that is given, and leave it when they are closed', async () => {
    const register = new Registry()
    const metrics = createMetrics(open(), { register })
    expect(register.getMetricsAsArray().length).toBeGreaterThan(20)
    metrics.close()
    expect(register.getMetricsAsArray()).toEqual([])
    expect(() => createMetrics(open(), { maxQueues: 0 })).toThrow('maxQueues must be a whole number from 1 to 1,000')
  })
})

describe('a storage', () => {
  const failing = (broker: Broker, queues: () => Promise<never>): Broker => ({ ...broker, queues }) as Broker

  it('that does not answer makes no scrape hang, is not asked twice, and hides no metric of this process', async () => {
    const clock = createVirtualClock()
    let asked = 0
    const silent = failing(open(), () => {
      asked++
      return new Promise(() => {})
    })
    const metrics = metricsOf(silent, { clock: clock, shareMs: 0 })
    for (let i = 0; i < 3; i++) {
      const reading = samplesOf(metrics)
      await clock.advance(1_000)
      const samples = await reading
      expect(samples['mq_storage_up']).toBe(0)
      expect(Object.keys(samples)).toEqual(['mq_storage_up'])
    }
    expect(asked).toBe(1)
  })

  it('that refuses is away, and is there again at the next scrape', async () => {
    let isAway = true
    const broker = open()
    await broker.queue('mails').enqueue(1)
    const queues = ((page) => (isAway ? Promise.reject(new Error('away')) : broker.queues(page))) as Broker['queues']
    const metrics = metricsOf({ ...broker, queues } as Broker)
    expect(Object.keys(await samplesOf(metrics))).not.toContain('mq_queue_waiting{queue="mails"}')
    isAway = false
    expect(await samplesOf(metrics)).toMatchObject({ mq_storage_up: 1, 'mq_queue_waiting{queue="mails"}': 1 })
  })

  it('of which one queue and one channel cannot be read shows the others, and is away only where that may pass', async () => {
    const broker = open()
    for (const name of ['broken', 'mails']) await broker.queue(name).enqueue(1)
    await broker.channel('news').publish(1)
    let error = new MqError('storage-refused', 'a key of a wrong type')
    const refuse = async (): Promise<never> => {
      throw error
    }
    const queue = (name: string) => ({ ...broker.queue(name), ...(name === 'broken' ? { stats: refuse } : undefined) })
    const channel = (name: string) => ({ ...broker.channel(name), groups: refuse })
    const metrics = metricsOf({ ...broker, queue, channel } as unknown as Broker, { shareMs: 0 })
    expect(await samplesOf(metrics)).toMatchObject({
      mq_storage_up: 1,
      'mq_queue_waiting{queue="mails"}': 1,
      mq_queues_left_out: 1,
    })
    error = new MqError('storage-refused', 'the disk is full', { details: { passing: true } })
    expect(await samplesOf(metrics)).toMatchObject({ mq_storage_up: 0 })
  })

  it('is read once for all who scrape within two seconds', async () => {
    const clock = createVirtualClock()
    const broker = open()
    const queues = vi.fn(broker.queues)
    const metrics = metricsOf({ ...broker, queues } as Broker, { clock: clock })
    await Promise.all([metrics.read(), metrics.read()])
    await clock.advance(1_999)
    await metrics.read()
    expect(queues).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    await metrics.read()
    expect(queues).toHaveBeenCalledTimes(2)
  })
})

describe('many queues', () => {
  it('have two hundred with metrics; the others are counted, here and in the storage', async () => {
    const broker = open()
    const metrics = metricsOf(broker)
    for (let i = 0; i < 250; i++) await broker.queue(`q${String(i).padStart(3, '0')}`).enqueue(i)
    const samples = await samplesOf(metrics)
    expect(samples).toMatchObject({
      mq_queues: 200,
      mq_queues_left_out: 50,
      'mq_enqueues_total{queue="other",existing="false"}': 50,
    })
    const names = new Set(Object.keys(samples).flatMap((key) => /queue="([^"]*)"/.exec(key)?.[1] ?? []))
    expect(names.size).toBe(201)
  })
})
