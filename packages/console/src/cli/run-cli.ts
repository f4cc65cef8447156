import { createBroker, MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { HOST_NAME } from '../access/access-options.ts'
import type { TokenOptions } from '../access/auth-options.ts'
import { VERSION } from '../version.ts'
import { createConsoleServer } from './console-server.ts'
import { helpText } from './help.ts'
import { readSettings, SettingsError } from './settings.ts'
import type { CliSettings } from './settings.ts'

/** The part of Node's `process` that is needed. Only `main.ts` has it. */
export type CliProcess = Pick<NodeJS.Process, 'argv' | 'env' | 'exit' | 'on'> & {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

export interface CliParts {
  readonly host: CliProcess
  readonly logger: FastifyBaseLogger
}

const SAY_SO_AFTER_MS = 2_000
const STOP_WITHIN_MS = 10_000

/**
 * `mq-console`: serves the console of a Redis until SIGTERM or SIGINT, then exits with 0. Settings that cannot work,
 * and a port that cannot be used, are reported in a line each on standard error, and it exits with 1.
 */
export async function runCli({ host, logger }: CliParts): Promise<void> {
  const settings = settingsOf(host)
  if (settings === undefined) return
  const broker = createBroker(settings.adapter, { logger })
  const app = await createConsoleServer({ ...optionsOf(settings), broker, logger })
  stopOnSignals(host, logger, app, broker)
  try {
    await app.listen({
      host: settings.host,
      port: settings.port,
      listenTextResolver: (url) => `the console is at ${url}${settings.basePath}/`,
    })
  } catch (error) {
    host.stderr.write(`mq-console: ${explain(error, settings)}\n`)
    await close(app, broker)
    return host.exit(1)
  }
  await sayWhenStorageIsAway(host, logger, broker)
}

/** Undefined when there is nothing more to do. */
function settingsOf(host: CliProcess): CliSettings | undefined {
  try {
    const command = readSettings(host.argv.slice(2), host.env)
    if (command.kind === 'serve') return command.settings
    host.stdout.write(command.kind === 'help' ? helpText() : `${VERSION}\n`)
    host.exit(0)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    for (const problem of error.problems) host.stderr.write(`mq-console: ${problem}\n`)
    host.stderr.write('mq-console --help lists what can be set.\n')
    host.exit(1)
  }
  return undefined
}

function optionsOf(settings: CliSettings) {
  const { basePath, readOnly, allowedHosts, trustProxy, host, token, viewerToken } = settings
  const tokens: TokenOptions[] = []
  if (token !== undefined) tokens.push({ token, role: 'operator' })
  if (viewerToken !== undefined) tokens.push({ token: viewerToken, role: 'viewer' })
  return {
    basePath,
    readOnly,
    trustProxy,
    allowedHosts: [...allowedHosts, ...(HOST_NAME.test(host) ? [host] : [])],
    ...(tokens.length > 0 && { auth: { tokens } }),
  }
}

function stopOnSignals(host: CliProcess, logger: FastifyBaseLogger, app: FastifyInstance, broker: Broker): void {
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return host.exit(signal === 'SIGINT' ? 130 : 1)
    isStopping = true
    logger.info({ signal }, 'stopping')
    const late = setTimeout(() => host.exit(1), STOP_WITHIN_MS)
    close(app, broker).then(
      () => {
        clearTimeout(late)
        host.exit(0)
      },
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not stop cleanly')
        host.exit(1)
      },
    )
  }
  host.on('SIGTERM', stop)
  host.on('SIGINT', stop)
}

async function close(app: FastifyInstance, broker: Broker): Promise<void> {
  await app.close()
  await broker.close()
}

/** The page shows it, too, and the console works as soon as the storage does. */
async function sayWhenStorageIsAway(host: CliProcess, logger: FastifyBaseLogger, broker: Broker): Promise<void> {
  try {
    await broker.ready({ timeoutMs: SAY_SO_AFTER_MS })
  } catch (error) {
    if (MqError.is(error, 'server-unsupported')) {
      logger.fatal(error.message)
      return host.exit(1)
    }
    if (!MqError.is(error, 'wait-timeout')) return
    logger.warn({ reason: MqError.is(error.cause) ? error.cause.message : undefined }, 'no answer from the storage yet')
  }
}

function explain(error: unknown, { host, port }: CliSettings): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken: set --port to another`
    case 'EACCES':
      return `port ${port} is not allowed for this user: set --port to one above 1023`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine: set --host to another`
    default:
      return error instanceof Error ? error.message : 'cannot listen'
  }
}
