import { MqError, silentLogger, systemClock } from '@mq/core'
import { expect, it } from 'vitest'
import type { Link } from '../../src/link.ts'
import { TopicLink } from '../../src/topic-link.ts'
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
