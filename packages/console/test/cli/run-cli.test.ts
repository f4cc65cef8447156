import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCliLogger } from '../../src/cli/cli-logger.ts'
import { runCli } from '../../src/cli/run-cli.ts'

const TOKEN = 'ada-0123456789abcdef'

/** `mq-console`, in this process. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ['', '']
  const listeners = new Map<string, (signal: string) => void>()
  let end: (code: number) => void = () => undefined
  const exit = new Promise<number>((resolve) => (end = resolve))
  const output = new Writable({ write: (chunk, _encoding, done) => ((out += String(chunk)), done()) })
  const host = {
    argv: ['node', 'mq-console', ...args],
    env,
    exit: (code: number) => end(code) as never,
    on: (signal: string, listener: (signal: string) => void) => void listeners.set(signal, listener),
    stdout: output,
    stderr: { write: (text: string) => (err += text) },
  }
  const started = runCli({ host: host as never, logger: createCliLogger(output) })
  const kill = (signal = 'SIGTERM') => listeners.get(signal)?.(signal)
  const url = () => /the console is at (\S+)\//.exec(out)?.[1] ?? ''
  return { started, exit, kill, url, out: () => out, err: () => err }
}

describe('mq-console', () => {
  it('serves the console of a Redis with no code, and ends on SIGTERM while somebody watches', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const broker = createBroker(redisAdapter({ url: redis.url, prefix: 'shop' }), { logger: silentLogger })
    onTestFinished(() => broker.close())
    await broker.queue('mails').enqueue({ to: 'ada' })

    const cli = start(['--port', '0', '--prefix', 'shop'], { REDIS_URL: redis.url, MQ_CONSOLE_TOKEN: TOKEN })
    await cli.started
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await fetch(`${cli.url()}/api/v1/queues`)).status).toBe(401)
    const reply = await fetch(`${cli.url()}/api/v1/queues`, { headers })
    expect(await reply.json()).toMatchObject({ queues: [{ name: 'mails', waiting: 1 }] })

    const stream = await fetch(`${cli.url()}/api/v1/events`, { headers })
    cli.kill()
    expect(await stream.text()).toContain('event: bye')
    expect([await cli.exit, cli.err()]).toEqual([0, ''])
    expect(cli.out()).not.toContain(TOKEN)
  })

  it('says once that the storage does not answer, serves all the same, and answers also what is not HTTP', async () => {
    const cli = start(['--port=0', '--url=redis://:secret@127.0.0.1:1'])
    await cli.started
    expect(cli.out()).toContain('no answer from the storage yet')
    const overview = await fetch(`${cli.url()}/api/v1/overview`)
    expect(await overview.json()).toMatchObject({ storage: { state: 'away' } })

    const socket = connect(Number(new URL(cli.url()).port), '127.0.0.1')
    socket.end('NONSENSE\r\n\r\n')
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*application\/problem\+json[^]*"code":"bad-request"/)

    cli.kill('SIGINT')
    expect(await cli.exit).toBe(0)
    expect(cli.out()).not.toContain('secret')
  })

  it('says why it cannot listen', async () => {
    const first = start(['--port=0', '--url=redis://127.0.0.1:1'])
    await first.started
    const { port } = new URL(first.url())
    const second = start([`--port=${port}`, '--url=redis://127.0.0.1:1'])
    await second.started
    expect([await second.exit, second.err()]).toEqual([
      1,
      `mq-console: port ${port} on 127.0.0.1 is taken: set --port to another\n`,
    ])
    first.kill()
    await first.exit
  })

  it('refuses what cannot work, with every reason, and begins nothing', async () => {
    const cli = start(['--host=0.0.0.0', '--port=x'])
    await cli.started
    expect(await cli.exit).toBe(1)
    expect(cli.err().split('\n')).toEqual([
      expect.stringContaining('--port must be'),
      expect.stringContaining('MQ_CONSOLE_TOKEN'),
      'mq-console --help lists what can be set.',
      '',
    ])
  })

  it('shows its help and its version', async () => {
    const help = start(['--help'])
    const version = start(['--version'])
    expect([await help.exit, await version.exit]).toEqual([0, 0])
    expect(help.out()).toContain('--read-only')
    expect(version.out()).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})
