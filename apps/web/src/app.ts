import { groupName, prodcons, pubsub, pubsubLog } from '@mq/contracts'
import { mqConsole } from '@mq/console'
import type { AccessOptions } from '@mq/console'
import type { Broker, Channel, ChannelDefinition, Queue, QueueDefinition } from '@mq/core'
import Fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { answerError, answerErrors } from './plugins/answer-errors.ts'
import { answerParserErrors } from './plugins/answer-parser-errors.ts'
import { CONSOLE, describeApi } from './plugins/describe-api.ts'
import { refuseCodings } from './plugins/refuse-codings.ts'
import { refuseOtherHosts } from './plugins/refuse-other-hosts.ts'
import { refuseOtherMethods } from './plugins/refuse-other-methods.ts'
import { refuseOtherSites } from './plugins/refuse-other-sites.ts'
import { refuseWhenClosing } from './plugins/refuse-when-closing.ts'
import { shareLogger } from './plugins/share-logger.ts'
import { securityHeaders } from './plugins/security-headers.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { linkRoutes } from './routes/links.ts'
import { messageRoutes } from './routes/messages.ts'
import { pageRoutes } from './routes/page.ts'
import { taskRoutes } from './routes/tasks.ts'
import type { WebApp } from './web-app.ts'

export interface WebOptions {
  readonly broker: Broker
  readonly logger?: FastifyBaseLogger | undefined
  /** Default: the queues and channels of `@mq/contracts`. */
  readonly queues?: readonly QueueDefinition[] | undefined
  readonly channels?: readonly ChannelDefinition[] | undefined
  /** The group of `pubsub-log` whose lag is shown. */
  readonly group?: string | undefined
  /** Host names that are accepted besides addresses and `localhost`, for example those of a proxy. */
  readonly allowedHosts?: readonly string[] | undefined
  /** Who may use the console at `/console`. Default: this machine. */
  readonly console?: Pick<AccessOptions, 'auth' | 'readOnly'> | undefined
  /** Once it has aborted, the app is not ready, and lets go of each connection that it answers. */
  readonly stopping?: AbortSignal | undefined
}

/** From `src` and from `dist` alike. */
const PAGE = new URL('../page/', import.meta.url)

/** Builds the producer's app. It does not listen, and does not close the broker. */
export async function buildApp({
  broker,
  logger,
  allowedHosts = [],
  stopping,
  ...options
}: WebOptions): Promise<WebApp> {
  const app: WebApp = Fastify({
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 65_536,
    requestTimeout: 10_000, // to receive a request
    connectionTimeout: 60_000, // of silence on a socket; an event stream has a heartbeat
    // Node looks only every 30 s by default, and a slow body lived for a minute.
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 5_000,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: answerError,
    clientErrorHandler: answerParserErrors,
    return503OnClosing: false, // it is answered below, as other errors are
  }).withTypeProvider<ZodTypeProvider>()
  if (logger) shareLogger(app, logger)
  app.removeContentTypeParser('text/plain') // what a form of another site may send unasked
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)

  const closing = new AbortController()
  app.addHook('preClose', async () => closing.abort())

  const queues = new Map<string, Queue>()
  for (const queue of options.queues ?? [prodcons]) queues.set(queue.name, broker.queue(queue))
  const channels = new Map<string, Channel>()
  for (const channel of options.channels ?? [pubsub, pubsubLog]) channels.set(channel.name, broker.channel(channel))

  answerErrors(app)
  securityHeaders(app)
  refuseWhenClosing(app, closing.signal)
  refuseOtherHosts(app, allowedHosts)
  refuseOtherSites(app, allowedHosts)
  refuseCodings(app)
  const finish = refuseOtherMethods(app)
  await describeApi(app)
  linkRoutes(app, {
    queue: queues.get(prodcons.name) ?? broker.queue(prodcons),
    channels: [pubsub, pubsubLog].map((channel) => channels.get(channel.name) ?? broker.channel(channel)),
  })
  taskRoutes(app, { queues, closing: closing.signal })
  messageRoutes(app, { channels })
  eventRoutes(app, { broker, queues, group: broker.channel(pubsubLog).group(groupName.parse(options.group)) })
  healthRoutes(app, { queues, stopping })
  await pageRoutes(app, PAGE)
  finish()
  await app.register(mqConsole, {
    broker,
    basePath: CONSOLE,
    queues: [...queues.values()].map(({ definition }) => definition),
    channels: [...channels.values()].map(({ definition }) => definition),
    allowedHosts,
    ...options.console,
  })
  return app
}
