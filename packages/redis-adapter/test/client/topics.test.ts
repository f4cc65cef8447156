import { MqError, silentLogger, systemClock } from '@mq/core'
import { expect, it } from 'vitest'
import type { RedisClient } from '../../src/client.ts'
import type { Link } from '../../src/link.ts'
import { listenToAll } from '../../src/listen-to-all.ts'
import { TopicLink } from '../../src/topic-link.ts'
import type { TopicKind } from '../../src/topic-link.ts'
import { Topics } from '../../src/topics.ts'

/** A connection that has not come yet. */
class Coming {
  up = false
  closed = false
  end: (thrown: Error) => void = () => undefined

  whenUp(): Promise<void> {
    return new Promise((_, reject) => void (this.end = reject))
  }

  close(): void {
    this.closed = true
    this.end(new MqError('closed', 'the connection is closed'))
  }
}

it('who closes a broker is not told so because a topic was about to be listened to at a node', async () => {
  const errors: Error[] = []
  const environment = { clock: systemClock, logger: silentLogger, onError: (error: Error) => void errors.push(error) }
  const [topics, home, link] = [new Topics(environment), new TopicLink(environment), new Coming()]
  home.use(link as unknown as Link)
  const listener = { onMessage: () => undefined, onInterruption: () => undefined }
  await topics.listenInCluster('a topic', listener)
  topics.follow(() => home)
  link.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(errors).toEqual([])
})

it.each<[TopicKind, string, string]>([
  ['plain', 'subscribe', 'unsubscribe'],
  ['pattern', 'psubscribe', 'punsubscribe'],
  ['sharded', 'ssubscribe', 'sunsubscribe'],
])(
  'a %s topic that is left while its link comes up again is unsubscribed from',
  async (kind, subscribe, unsubscribe) => {
    const environment = { clock: systemClock, logger: silentLogger, onError: () => undefined }
    const [topics, link] = [new TopicLink(environment), new Coming()]
    topics.use(link as unknown as Link)
    const listener = { onMessage: () => undefined, onInterruption: () => undefined }
    const leave = await topics.listen({ kind, name: 'left' }, listener)
    await topics.listen({ kind, name: 'kept' }, listener)
    const calls: string[] = []
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => void (answer = resolve))
    const client = {
      on: () => undefined,
      async [subscribe](...names: string[]): Promise<void> {
        calls.push(...names.map((name) => `+${name}`))
        await answered
      },
      async [unsubscribe](...names: string[]): Promise<void> {
        calls.push(...names.map((name) => `-${name}`))
      },
    }
    const resubscribed = topics.resubscribe(client as unknown as RedisClient)
    await leave()
    answer()
    await resubscribed
    expect(calls).toEqual(['+left', '+kept', '-left'])
  },
)

it('what listens to several topics leaves all of them where one fails', async () => {
  let left = 0
  const leave = async (): Promise<void> => void left++
  const late = new Promise<typeof leave>((resolve) => setTimeout(resolve, 1, leave))
  const failure = new Error('refused')
  await expect(listenToAll([Promise.resolve(leave), Promise.reject(failure), late])).rejects.toBe(failure)
  expect(left).toBe(2)
  await (
    await listenToAll([Promise.resolve(leave), Promise.resolve(leave)])
  )()
  expect(left).toBe(4)
})
