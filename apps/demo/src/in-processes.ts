import { READY, StartError, orAbort } from '@mq/app-kit'
import type { HostProcess, Service } from '@mq/app-kit'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRecordReader, listeningUrl } from './log-lines.ts'
import type { LogRecord } from './log-lines.ts'

const APPS = ['web', 'worker-queue', 'worker-pubsub']

/** Runs an app, and stops it when the demo has ended, also by SIGKILL, because nothing else would. */
const leashed = (main: string): string =>
  `process.on('disconnect', () => process.kill(process.pid, 'SIGTERM')); await import(${JSON.stringify(main)})`

export interface InProcessesOptions {
  readonly host: HostProcess & { readonly execPath: string }
  readonly redisUrl: string
  readonly level: string
  readonly onRecord: (record: LogRecord) => void
  /** An app ended by itself, and not well. */
  readonly fail: (error: unknown) => void
  readonly signal: AbortSignal
}

/** Starts each app as a process of its own; resolves with the page's URL once all of them are ready. */
export async function startInProcesses(options: InProcessesOptions): Promise<Service & { readonly url: string }> {
  const { host, redisUrl, level, onRecord, fail, signal } = options
  let closing = false
  const starts = APPS.map((app) => start(app))
  host.on('exit', () => starts.forEach(({ child }) => child.kill('SIGKILL'))) // those that still run
  try {
    const [url] = await orAbort(signal, Promise.all(starts.map(({ ready }) => ready)))
    return { url: url ?? '', close }
  } catch (error) {
    await close()
    throw error
  }

  async function close(): Promise<void> {
    closing = true
    await Promise.all(starts.map(({ child }) => end(child)))
  }

  function start(app: string): { child: ChildProcess; ready: Promise<string | undefined> } {
    const script = leashed(import.meta.resolve(`@mq/${app}/main`))
    const child = spawn(host.execPath, ['--input-type=module', '--eval', script], {
      // Three apps cannot share one port: in the demo they have no health checks, and no load balancer.
      env: { ...host.env, REDIS_URL: redisUrl, LOG_LEVEL: level, HEALTH_PORT: '', DRAIN_MS: '' },
      detached: true, // Ctrl-C reaches only the demo, which then stops the apps
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let isReady = false
    child.on('close', (code, signal) => {
      if (closing) return
      // An operator stopped its workers, in the console: the others go on.
      if (code === 0 && isReady && app !== 'web')
        onRecord({ app, level: 'warn', msg: 'ended; the demo goes on without it' })
      else fail(new StartError(`${app} ended with ${signal ?? `exit code ${code}`}`))
    })
    let url: string | undefined
    const ready = new Promise<string | undefined>((resolve) => {
      const read = createRecordReader(app, (record) => {
        onRecord(record)
        url ??= listeningUrl(record)
        if (record.msg !== READY) return
        isReady = true
        resolve(url)
      })
      child.stdout?.setEncoding('utf8').on('data', read)
    })
    child.stderr?.setEncoding('utf8').on('data', createRecordReader(app, onRecord))
    return { child, ready }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  await ended
}
