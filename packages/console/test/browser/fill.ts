import { bury, defineChannel, defineQueue } from '@mq/core'
import type { Broker } from '@mq/core'
import { createScheduler } from '@mq/scheduler'
import { vi } from 'vitest'

const ORDERS = defineChannel({ name: 'orders', history: { maxCount: 1_000 } })
const MAILS = defineQueue({
  name: 'mails',
  limits: { concurrency: 20, perKey: { concurrency: 1, rate: { count: 10, perMs: 1_000 } } },
})

/** Something of everything: queues with tasks in each state, a worker, a channel with a group. */
export async function fill(broker: Broker): Promise<void> {
  const mails = broker.queue(MAILS)
  const bills = broker.queue(defineQueue({ name: 'bills' }))
  await bills.enqueueAll([{ payload: { bill: 1 } }, { payload: { bill: 2 }, delayMs: 60_000 }])
  mails.process(
    async (mail, { signal }) => {
      const { to } = mail as { to: string }
      if (to === 'nobody') return bury('no such address')
      if (to === 'slow') await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return `sent to ${to}`
    },
    { concurrency: 4 },
  )
  await mails.enqueue({ to: 'ada' }, { id: 'sent' })
  await mails.enqueue({ to: 'nobody' }, { id: 'broken' })
  const slow = await mails.enqueue({ to: 'slow' }, { id: 'slow', key: 'ada & co' })
  await mails.enqueue({ to: 'slow' }, { id: 'held', key: 'ada & co' })
  await mails.enqueue({ to: 'later' }, { id: 'later', delayMs: 3_600_000 })
  await mails.enqueue({ to: 'grace' }, { id: 'thanks', after: [slow, { queue: 'mails', id: 'sent' }] })
  const schedules = createScheduler(broker, { ticks: false })
  await schedules.upsert(MAILS, 'nightly', {
    cron: '0 3 * * *',
    timeZone: 'Europe/Berlin',
    payload: { to: 'all' },
    options: { attempts: 2 },
  })
  const channel = broker.channel(ORDERS)
  await channel.consume('audit', async () => undefined)
  await channel.publish({ order: 1 })
  await vi.waitFor(async () => {
    const { running, dead } = await mails.stats()
    if (running !== 1 || dead !== 1) throw new Error('not there yet')
  })
}
