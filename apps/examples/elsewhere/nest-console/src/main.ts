// The console in Nest, on both of its platforms: page, REST, a body, live events, and an end while somebody watches.
import 'reflect-metadata'
import { Body, Controller, Injectable, Module, Post } from '@nestjs/common'
import type { OnApplicationShutdown } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { createConsoleHandler, mqConsole } from '@mq/console'
import { createBroker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'

const basePath = '/admin/queues'

@Injectable()
class Mq implements OnApplicationShutdown {
  readonly broker = createBroker(memoryAdapter())

  async onApplicationShutdown(): Promise<void> {
    await this.broker.close()
  }
}

@Controller('mails')
class Mails {
  constructor(private readonly mq: Mq) {}

  @Post()
  async send(@Body() mail: unknown): Promise<{ id: string }> {
    const { id } = await this.mq.broker.queue('mails').enqueue(mail)
    return { id }
  }
}

@Module({ controllers: [Mails], providers: [Mq] })
class AppModule {}

async function onExpress() {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: false })
  app.use(basePath, createConsoleHandler({ broker: app.get(Mq).broker, basePath }))
  return app
}

async function onFastify() {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), { logger: false })
  await app
    .getHttpAdapter()
    .getInstance()
    .register(mqConsole, { broker: app.get(Mq).broker, basePath })
  return app
}

async function look(platform: string, app: NestExpressApplication | NestFastifyApplication): Promise<void> {
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  const post = (path: string, body: string) =>
    fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const own = await post('/mails', '{"to":"ada"}')
  const page = await fetch(`${url}${basePath}/`)
  const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1] ?? ''
  const file = await fetch(new URL(script, `${url}${basePath}/`))
  const enqueued = await post(`${basePath}/api/v1/queues/mails/tasks`, '{"payload":{"to":"é"}}')
  const broken = await post(`${basePath}/api/v1/queues/mails/tasks`, '{')
  const { queues } = (await (await fetch(`${url}${basePath}/api/v1/queues`)).json()) as {
    queues: { waiting: number }[]
  }
  const stream = await fetch(`${url}${basePath}/api/v1/events`)
  await app.close()
  const bye = (await stream.text()).includes('event: bye')
  const statuses = [own, page, file, enqueued, broken, stream].map(({ status }) => status)
  console.log(`${platform}: ${statuses.join(' ')}, ${queues[0]?.waiting} wait, ${bye ? 'bye' : 'no end'}`)
}

void onExpress()
  .then((app) => look('Express', app))
  .then(onFastify)
  .then((app) => look('Fastify', app))
