// A project as Nest makes one: CommonJS, the old resolution of modules, decorators whose metadata name our types.
import { createBroker, defineQueue, MqError, unchecked } from '@mq/core'
import type { Broker, Queue } from '@mq/core'
import { createTestBroker } from '@mq/core/testing'
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'

const squares = defineQueue({ name: 'nest-squares', payload: unchecked<number>(), result: unchecked<number>() })

const providers: string[] = []
function Injectable(): ClassDecorator {
  return (target) => void providers.push(target.name)
}
function Handles(_queue: string): MethodDecorator {
  return () => undefined
}

@Injectable()
class SquareService {
  readonly queue: Queue<number, number, number, number>

  constructor(broker: Broker) {
    this.queue = broker.queue(squares)
    this.queue.process((n) => this.square(n))
  }

  @Handles('nest-squares')
  square(n: number): number {
    return n * n
  }
}

async function main(): Promise<void> {
  const broker = createBroker(redisAdapter({ url: process.env['REDIS_URL'] ?? '' }))
  const { queue } = new SquareService(broker)
  console.log(`redis: ${await (await queue.enqueue(7)).result({ timeoutMs: 10_000 })}`)
  await broker.close()

  const test = createTestBroker(memoryAdapter())
  const task = await new SquareService(test).queue.enqueue(8, { delayMs: 3_600_000 })
  await test.drain()
  console.log(`memory, an hour later: ${await task.result()}`)
  const refused: unknown = await test
    .queue(squares)
    .enqueue(Number.NaN)
    .catch((error: unknown) => error)
  console.log(`${providers.join()}: ${refused instanceof MqError ? refused.code : String(refused)}`)
  await test.close()
}

void main()
