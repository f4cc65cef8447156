import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { ChannelAccount } from '../channel-account.ts'

/** Listens, and tells its parent what it heard and what it was told it lost, whenever that asks. */
export interface SubscriberReport {
  readonly kind: 'ready' | 'account'
  readonly received: number
  readonly lost: number
  readonly position: number
  readonly faults: readonly string[]
}

const { url, channel } = JSON.parse(process.argv[2]!) as { readonly url: string; readonly channel: string }
const broker = createBroker(redisAdapter({ url }), { logger: silentLogger })
const account = new ChannelAccount()
const report = (kind: SubscriberReport['kind']): void => {
  const { received, lost, position, faults } = account
  process.send!({ kind, received, lost, position, faults } satisfies SubscriberReport)
}
await broker.channel(channel).subscribe((message) => account.hear(message), { onGap: (gap) => account.lose(gap) })
process.on('message', () => report('account'))
report('ready')
