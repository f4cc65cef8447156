import type { OutcomeLimits, Settlement } from '@mq/core'
import type { Lab } from './lab.ts'
import { QueuePort } from './queue-port.ts'
import { WorkerLane } from './worker-lane.ts'

/** A queue in which something stands in every key, so that every line of every script has something to do. */
export class FurnishedQueue {
  readonly port: QueuePort
  /** Tasks that have not ended, by what they are. */
  readonly tasks: Readonly<
    Record<'waiting' | 'urgent' | 'due' | 'delayed' | 'retried' | 'crashed' | 'lost' | 'suspect', string>
  >
  /** Four tasks in the hands of a worker. */
  readonly leases: readonly string[]
  /** A dead letter. */
  readonly dead: string
  #template: readonly string[] = []

  /** `outcomes`: it keeps them, and a group has read what there is and waits for more. */
  static async create(lab: Lab, { outcomes = false }: { readonly outcomes?: boolean } = {}): Promise<FurnishedQueue> {
    const port = await lab.queue()
    const worker = port.worker()
    await port.add({ id: 'old', payload: '1' }, '"bad"')
    const [old, bad] = await worker.claim()
    const big = { kind: 'complete', lease: old!.lease, id: 'old', result: `"${'x'.repeat(2_000)}"` } as const
    await worker.settle(big, { kind: 'bury', charge: false, lease: bad!.lease, reason: 'bad', detail: '' })
    await port.ageEndedIds(61_000)

    const crashed = await port.addOne('crashed')
    await port.lapse((await worker.claimOne()).lease)
    await worker.settle({ kind: 'release', lease: (await worker.claimOne()).lease })
    await port.redis.lpop(port.key('ready:4')) // claimed by nobody for a while

    const numbers = await port.add({ id: 'retried', header: '{"id":"retried"}' }, { id: 'lost' }, 'a', 'b', 'c', 'd')
    const [retried, lost, ...held] = await worker.claim()
    await worker.settle({ kind: 'retry', lease: retried!.lease, delayMs: 0, charge: true, error: '{}' })
    await port.lapse(lost!.lease)
    await port.driver.read([{ n: held[0]!.n }], { watch: true })
    await port.driver.note([
      { lease: held[0]!.lease, kind: 'progress', body: '1' },
      ...held.map(({ lease }) => ({ lease, kind: 'log', body: 'a line' }) as const),
    ])

    await port.redis.rpush(port.key('ready:4'), crashed)
    const due = await port.addOne({ delayMs: 1 })
    await port.makeDue()
    const more = await port.add(
      { id: 'waiting', header: '{"id":"waiting"}' },
      { level: 9 },
      { level: 9, delayMs: 60_000 },
      'ghost',
    )
    const [waiting = '', urgent = '', delayed = '', ghost = ''] = more
    await port.cancel(ghost)
    await port.redis.rpush(port.key('ready:4'), ghost)
    // It waited, in the middle of a long list, before it was delayed.
    await port.redis.rpush(port.key('ready:9'), delayed)
    await port.redis.hset(port.key('moved'), `9|${delayed}`, 1)
    await port.redis.hset(port.key('meta'), 'moved', 1)
    const suspect = await port.addOne('suspect')
    await port.redis.lrem(port.key('ready:4'), 1, suspect)
    await port.redis.rpush(port.key('suspects'), suspect)
    await port.driver.read([{ n: waiting }], { watch: true })
    await port.offer(['1'], { capacity: 1, awaitRoom: true })
    const sleeper = await lab.queue()
    await sleeper.worker().fallAsleep()
    const [member = ''] = await lab.redis.zrange(sleeper.key('idle'), '0', '0')
    await lab.redis.zadd(port.key('idle'), Date.now(), member)
    await lab.redis.zadd(port.key('ended'), 1, '1700000000000000|forgotten')
    await lab.redis.hset(port.key('ids'), 'forgotten', '1700000000000000|digest')
    await port.driver.sample!({ waits: [[1, 1]], runs: [[1, 1]] })
    // A period of each kind that is open since a minute and a day, and one that was kept.
    const [seconds] = await lab.redis.time()
    const [tick, hour] = [Math.floor((Number(seconds) - 60) / 10), Math.floor((Number(seconds) - 86_400) / 3_600)]
    await lab.redis.hset(port.key('samples'), { tick, hour, lastTick: tick - 1, lastHour: hour - 1 })
    for (const part of ['ticks', 'hours']) await lab.redis.rpush(port.key(part), 'x'.repeat(16))
    // Schedules: one that is due, one that is no more, and one that is none of ours.
    await port.driver.schedules!.set({ name: 'due', body: 'b', dueAt: 1 })
    await lab.redis.hset(port.key('schedules'), 'strange', 'x')
    for (const name of ['strange', 'gone']) await lab.redis.zadd(port.key('due'), 2, name)
    // A dead letter beyond its age.
    await lab.redis.zadd(port.key('dead'), 1, '1700000000000000')
    await lab.redis.hset(port.key('graves'), '1700000000000000', '0|0|0|["bad",""]\n17000000000004\n1')

    if (outcomes) await furnishOutcomes(port)

    const furnished = new FurnishedQueue(
      port,
      bad!.n,
      { waiting, urgent, due, delayed, crashed, suspect, retried: numbers[0]!, lost: numbers[1]! },
      held.map(({ lease }) => lease),
    )
    furnished.#template = await lab.redis.keys(port.key('*'))
    return furnished
  }

  private constructor(port: QueuePort, dead: string, tasks: FurnishedQueue['tasks'], leases: readonly string[]) {
    this.port = port
    this.dead = dead
    this.tasks = tasks
    this.leases = leases
  }

  /** The keys that hold something. */
  get parts(): string[] {
    return this.#template.map((key) => key.slice(this.port.key('').length))
  }

  /** Every task that has not ended. */
  get numbers(): string[] {
    return [...Object.values(this.tasks), ...this.leases.map((lease) => lease.slice(0, lease.indexOf('#')))].sort()
  }

  /** One settlement of each kind that moves a task. */
  settlements(): Settlement[] {
    const [complete = '', bury = '', retry = '', release = ''] = this.leases
    return [
      { kind: 'complete', lease: complete, id: 'held', result: `"${'y'.repeat(2_000)}"` },
      { kind: 'bury', charge: false, lease: bury, reason: 'bad', detail: '' },
      { kind: 'retry', lease: retry, delayMs: 60_000, charge: true, error: '{}' },
      { kind: 'release', lease: release },
    ]
  }

  /** The same queue again under another name. */
  async copy(lab: Lab): Promise<QueuePort> {
    const port = new QueuePort(this.port.storage, lab.freshName(), lab.redis)
    const pipeline = lab.redis.pipeline()
    for (const part of this.parts) pipeline.copy(this.port.key(part), port.key(part))
    await pipeline.exec()
    await this.#someoneWasHere(port)
    return port
  }

  /** Everything that is left in `port` comes to one worker: what waits, what is delayed, what others hold. */
  async rest(port: QueuePort): Promise<string[]> {
    await Promise.all(Array.from({ length: 10 }, (_, level) => port.makeDue(level)))
    await Promise.all((await port.redis.zrange(port.key('leases'), '0', '-1')).map((lease) => port.lapse(lease)))
    await this.#someoneWasHere(port)
    return (await port.worker().drain()).map(({ n }) => n).sort()
  }

  /** Or recovery would wait for a lease's time. */
  async #someoneWasHere(port: QueuePort): Promise<void> {
    const [seconds] = await port.redis.time()
    await port.redis.hset(port.key('meta'), 'seen', `${seconds}000`)
  }
}

async function furnishOutcomes(port: QueuePort): Promise<void> {
  const kept: OutcomeLimits = { maxCount: 1_000, maxAgeMs: 86_400_000, unreadFactor: 10, groupExpiresMs: 86_400_000 }
  const member = new WorkerLane(port.storage.outcomes!(port.name).group('audit', { from: 'earliest' }))
  await member.claim()
  const [receipt] = await port.offer([{ delayMs: 60_000 }], { outcomes: kept })
  if (receipt?.state === 'accepted') await port.cancel(receipt.n)
  await member.settle(...(await member.claim()).map(({ lease }) => ({ kind: 'complete', lease }) as const))
  await member.fallAsleep()
}
