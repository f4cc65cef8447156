import { once } from 'node:events'
import { createBroker } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'

/** Handles one task in a process of its own, and reports a step each time its parent says so: `next`, or `end`. */
const [url = '', name = ''] = process.argv.slice(2)
const broker = createBroker(redisAdapter({ url }))

broker.queue(name).process(async (_, { progress }) => {
  let step = 0
  for (;;) {
    progress({ step: ++step, pid: process.pid })
    const [order] = (await once(process, 'message')) as [unknown]
    if (order === 'end') return step
  }
})
process.on('disconnect', () => process.exit())
