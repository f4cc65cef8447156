import { CALM } from '@mq/redis-server/proxy'
import { describe, expect, it } from 'vitest'
import { openScene } from '../lab/scene.ts'
import { lasting, until } from '../lab/until.ts'

describe.concurrent('a subscription that begins while the connection comes up', () => {
  it('hears what is published after it, whatever the moment it began in', async () => {
    await using scene = await openScene()
    // Slow, so that there is time between "connected" and "all topics are subscribed".
    scene.proxy.weather = { latencyMs: 150 }
    const broker = scene.broker()
    const names = Array.from({ length: 40 }, (_, i) => `c${i}`)
    const heard = new Map<string, unknown[]>(names.map((name) => [name, []]))
    const lost: string[] = []
    const subscribing: Promise<unknown>[] = []
    for (const name of names) {
      subscribing.push(
        broker.channel(name).subscribe(({ payload }) => void heard.get(name)!.push(payload), {
          onGap: () => void lost.push(name),
        }),
      )
      await lasting(50)
    }
    await Promise.all(subscribing)
    scene.proxy.weather = CALM
    await Promise.all(names.map((name) => broker.channel(name).publish('hello')))
    await until('every subscriber to be told something', 10_000, () =>
      names.every((name) => heard.get(name)!.length > 0 || lost.includes(name)),
    )
    expect(lost).toEqual([])
    expect([...heard.values()].filter(([first]) => first !== 'hello')).toEqual([])
  })

  it('hears what is published after it when it began while the connection came back', async () => {
    await using scene = await openScene()
    const broker = scene.broker()
    await broker.ready({ timeoutMs: 10_000 })
    await broker.channel('old').subscribe(() => undefined)
    scene.proxy.weather = { latencyMs: 150 }
    scene.proxy.reset('subscriber')
    const names = Array.from({ length: 40 }, (_, i) => `c${i}`)
    const heard = new Map<string, number>()
    const lost: string[] = []
    const subscribing: Promise<unknown>[] = []
    for (const name of names) {
      subscribing.push(
        broker.channel(name).subscribe(() => void heard.set(name, (heard.get(name) ?? 0) + 1), {
          onGap: () => void lost.push(name),
        }),
      )
      await lasting(50)
    }
    await Promise.all(subscribing)
    scene.proxy.weather = CALM
    await Promise.all(names.map((name) => broker.channel(name).publish('hello')))
    await until('every subscriber to be told something', 10_000, () =>
      names.every((name) => heard.has(name) || lost.includes(name)),
    )
    expect(lost).toEqual([])
    expect(heard.size).toBe(names.length)
  })
})
