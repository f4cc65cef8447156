// Programs that know nothing of mq push tasks, pop tasks, publish and listen. In memory `otherProgram` stands for them.
import { createBroker, defineChannel, defineQueue, silentLogger } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { z } from 'zod'

const element = z.int().min(0).max(9)
const squares = defineQueue({ name: 'squares', payload: element, inbox: 'task:prodcons:queue' })
const mails = defineQueue({ name: 'mails', payload: z.string(), outbox: { key: 'mails:out', format: 'text' } })
const news = defineChannel({ name: 'news', message: element, raw: 'task:pubsub:channel' })

const adapter = memoryAdapter()
const { otherProgram } = adapter
const broker = createBroker(adapter, { logger: silentLogger })

// In Python: rcon.lpush('task:prodcons:queue', 7)
const done: number[] = []
otherProgram.lpush('task:prodcons:queue', '7', 'what?', '8')
const queue = broker.queue(squares)
queue.process((payload) => void done.push(payload ** 2), { concurrency: 1 })
await queue.drain()
console.log(`did ${done.join(' and ')}`)
for (const { reason, payload } of await queue.dead.list()) console.log(`${reason}: ${String(payload)}`)

// In Python: rcon.blpop('mails:out')
const outgoing = broker.queue(mails)
outgoing.handOver()
const mail = await outgoing.enqueue('to: somebody', { priority: 9 })
await mail.result()
console.log(`popped "${otherProgram.lpop('mails:out')}"`)

// In Python: rcon.publish('task:pubsub:channel', 5), and ps.subscribe('task:pubsub:channel')
otherProgram.subscribe('task:pubsub:channel', (text) => console.log(`the other program heard ${text}`))
const heard = new Promise<number>((resolve) => {
  void broker.channel(news).subscribe(({ payload }) => resolve(payload))
})
await broker.channel(news).publish(5)
console.log(`we heard ${await heard}`)
await broker.close()
