import { setTimeout as delay } from 'node:timers/promises'
import { defineChannel, MqError } from '@mq/core'
import type { Broker, Channel, ChannelPosition } from '@mq/core'
import { describe, expect, it } from 'vitest'
import { openScene } from '../lab/scene.ts'
import type { Scene } from '../lab/scene.ts'
import { lasting, until } from '../lab/until.ts'

const SAFE = ['--appendonly', 'yes', '--appendfsync', 'always']
const news = defineChannel({ name: 'news', history: { maxCount: 1_000_000 } })
const GROUPS = ['a', 'b']

/** Publishers and two members of two groups, and what became of every message. */
class Traffic {
  readonly published = new Map<number, ChannelPosition>()
  readonly taken: Record<string, Map<number, number>> = { a: new Map(), b: new Map() }
  unknown = 0
  readonly #channel: Channel
  readonly #failures: unknown[] = []
  #over = false
  #next = 0
  readonly #publishing: Promise<void>[]

  constructor(scene: Scene) {
    this.#channel = scene.broker().channel(news)
    this.#publishing = [0, 1].map(() => this.#publish())
  }

  static async start(scene: Scene): Promise<Traffic> {
    for (const group of GROUPS)
      await (
        await scene
          .broker()
          .channel(news)
          .consume(group, () => undefined)
      ).close()
    const traffic = new Traffic(scene)
    for (const group of GROUPS) for (const broker of [scene.broker(), scene.broker()]) await traffic.join(group, broker)
    return traffic
  }

  async join(group: string, broker: Broker): Promise<void> {
    const taken = this.taken[group]!
    await broker.channel(news).consume(
      group,
      async ({ payload }) => {
        await delay(Number(payload) % 5)
        taken.set(Number(payload), (taken.get(Number(payload)) ?? 0) + 1)
      },
      { leaseMs: 2_000 },
    )
  }

  async progress(count: number): Promise<void> {
    const goal = this.taken['a']!.size + count
    await until(`${count} further messages`, 15_000, () => GROUPS.every((group) => this.taken[group]!.size >= goal))
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#publishing)
    expect(this.#failures).toEqual([])
  }

  async drain(): Promise<void> {
    await this.stop()
    await until('all messages', 20_000, async () => {
      const stats = await Promise.all(GROUPS.map((group) => this.#channel.group(group).stats()))
      return stats.every(({ unread, running, returned, delayed }) => unread + running + returned + delayed === 0)
    })
  }

  missing(group: string): number[] {
    return [...this.published.keys()].filter((n) => !this.taken[group]!.has(n))
  }

  async #publish(): Promise<void> {
    while (!this.#over) {
      const n = this.#next++
      try {
        this.published.set(n, await this.#channel.publish(n))
      } catch (error) {
        // Closed before it was stopped: the test failed, and who publishes ends with it.
        if (MqError.is(error, 'closed')) return
        if (MqError.is(error, 'unavailable')) this.unknown++
        else this.#failures.push(error)
      }
      await delay(2)
    }
  }
}

describe.concurrent('groups and a server that goes away', () => {
  it('lose nothing that was published when it is killed and restarted, three times; numbers go on', async () => {
    await using scene = await openScene({ args: SAFE })
    const traffic = await Traffic.start(scene)
    for (let kill = 0; kill < 3; kill++) {
      await traffic.progress(200)
      await scene.server.kill()
      await lasting(300)
      await scene.server.restart()
      await traffic.progress(1)
    }
    await traffic.drain()
    const positions = [...traffic.published.values()].map(({ n }) => n)
    console.log(`${positions.length} published, ${traffic.unknown} unknown`)
    expect(GROUPS.map((group) => traffic.missing(group))).toEqual([[], []])
    // With no message lost there is no number twice, over all the lives of the server.
    expect(new Set(positions).size).toBe(positions.length)
    expect(new Set([...traffic.published.values()].map(({ epoch }) => epoch)).size).toBe(4)
    expect(scene.recorder.errors).toEqual([])
    for (const group of GROUPS) {
      expect(await scene.broker().channel(news).group(group).stats()).toMatchObject({ lost: 0, dead: 0 })
    }
    // A position of any life of the server is still understood.
    const byEpoch = new Map<string, ChannelPosition>()
    for (const position of traffic.published.values()) byEpoch.set(position.epoch, position)
    const newest = Math.max(...positions)
    for (const [epoch, { n }] of byEpoch) {
      const name = `after-${epoch}`
      const channel = scene.broker().channel(news)
      await (await channel.consume(name, () => undefined, { from: 'latest' })).close()
      await channel.group(name).pause()
      await channel.group(name).seek({ position: { epoch, n: n - 1 } })
      expect(await channel.group(name).lag()).toBe(newest - n + 1)
      // What was lost with that life, had it been numbered, is read anew.
      await channel.group(name).seek({ position: { epoch, n: newest + 100 } })
      const next = positions.filter((other) => other > n).length
      const lag = await channel.group(name).lag()
      expect(lag).toBeGreaterThanOrEqual(next)
      // Stored, perhaps, and the server died before it said so.
      expect(lag).toBeLessThanOrEqual(next + traffic.unknown)
    }
  })

  it('stay paused, keep their places, their retries and their dead letters over a restart', async () => {
    await using scene = await openScene({ args: SAFE })
    const channel = scene.broker().channel(news)
    const group = channel.group('a')
    const worker = await channel.consume(
      'a',
      ({ payload }) => {
        if (payload === 'bad') throw new Error('no')
        if (payload === 'later') throw new Error('not yet')
      },
      { attempts: 2, backoff: { kind: 'fixed', baseMs: 0 } },
    )
    for (const payload of ['good', 'bad']) await channel.publish(payload)
    await until('a dead letter', 5_000, async () => (await group.stats()).dead === 1)
    await worker.close()
    const later = await channel.consume('a', () => Promise.reject(new Error('not yet')), {
      backoff: { kind: 'fixed', baseMs: 600_000 },
    })
    await channel.publish('later')
    await until('a retry that waits', 5_000, async () => (await group.stats()).delayed === 1)
    await later.close()
    await group.pause()
    await channel.publish('unread')
    const { oldestWaitMs: waited, ...before } = await group.stats()
    expect(before).toMatchObject({ unread: 1, delayed: 1, dead: 1, paused: true })
    await scene.server.kill()
    await scene.server.restart()
    const { oldestWaitMs, ...after } = await group.stats()
    expect(after).toEqual(before)
    expect(oldestWaitMs).toBeGreaterThanOrEqual(waited!)
    expect((await group.dead.list()).map(({ payload }) => payload)).toEqual(['bad'])
  })

  it('begin anew with what there is when the server lost all its data, and say so', async () => {
    await using scene = await openScene()
    const traffic = await Traffic.start(scene)
    await traffic.progress(100)
    await traffic.stop()
    await scene.server.kill()
    await scene.server.restart()
    const channel = scene.broker().channel(news)
    const fresh = Array.from({ length: 50 }, (_, i) => 1_000_000 + i)
    await Promise.all(fresh.map((payload) => channel.publish(payload)))
    await until('all messages of the new log', 15_000, () =>
      GROUPS.every((group) => fresh.every((payload) => traffic.taken[group]!.has(payload))),
    )
    const told = scene.recorder.errors.filter((error) => MqError.is(error, 'messages-lost'))
    expect(told.length).toBeGreaterThanOrEqual(GROUPS.length)
    expect(scene.recorder.errors.length).toBe(told.length)
  })
})
