// What the registry would get, installed with npm in projects that know nothing of this workspace.
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mustRun, runCommand, startCommand } from './run-command.ts'
import { bundleProject, compileProject, makeProject, packPublicPackages, PUBLIC_PACKAGES } from './tarballs.ts'

const TIMEOUT_MS = 600_000

let directory: string
let tarballs: string[]
let redis: RedisServer

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mq-elsewhere-'))
  redis = await startRedis()
  tarballs = await packPublicPackages(join(directory, 'tarballs'))
}, TIMEOUT_MS)

afterAll(async () => {
  await redis?.stop()
  await rm(directory, { recursive: true, force: true })
})

/** Projects inside it need no installation of their own. */
const installed = (): string => join(directory, 'esm')

const run = async (project: string): Promise<string[]> => {
  const env = { REDIS_URL: redis.url }
  const stdout = await mustRun(process.execPath, ['dist/main.js'], { cwd: project, env, timeoutMs: 120_000 })
  return stdout.split('\n').slice(0, -1)
}

it(
  'an ES module project compiles and runs a task on both adapters, also with copies of ioredis of its own',
  async () => {
    const project = installed()
    const others = ['zod@4', 'ioredis@5', 'ioredis-copy@npm:ioredis@6', '@types/node@20']
    await makeProject('esm', project, [...tarballs, ...others])
    await compileProject(project)
    expect(await run(project)).toEqual([
      'memory: 49, invalid-payload',
      'redis by url: 49, invalid-payload',
      'redis by an ioredis 5: 49, invalid-payload',
      'redis by a copy of ioredis 6: 49, invalid-payload',
      'redis by connect: 49, invalid-payload',
      'clients: PONG PONG; clock: function',
    ])
    for (const name of PUBLIC_PACKAGES) {
      const manifest = await readFile(join(project, 'node_modules/@mq', name, 'package.json'), 'utf8')
      expect(manifest).not.toMatch(/workspace:|catalog:|@mq\/source/)
      if (name === 'core') expect(JSON.parse(manifest)).not.toHaveProperty('dependencies')
      const shipped = await readdir(join(project, 'node_modules/@mq', name), { recursive: true })
      expect(shipped).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.cts']))
      if (name === 'redis-adapter') {
        expect(shipped).toEqual(expect.arrayContaining(['lua/README.md', 'lua/settle-and-claim.lua']))
      }
      expect(shipped.filter((file) => /\.map$|^src|conformance/.test(file))).toEqual([])
    }
  },
  TIMEOUT_MS,
)

it(
  'a CommonJS project compiles and runs a task on both adapters',
  async () => {
    const project = join(installed(), 'cjs')
    await makeProject('cjs', project)
    await compileProject(project)
    expect(await run(project)).toEqual([
      'memory: 49',
      'redis: 49',
      'another copy: true, its errors are known: true, true',
    ])
  },
  TIMEOUT_MS,
)

it(
  'a project with decorators and the old resolution of modules compiles and runs, as Nest has it',
  async () => {
    const project = join(installed(), 'nest')
    await makeProject('nest', project)
    await compileProject(project)
    expect(await run(project)).toEqual(['redis: 49', 'memory, an hour later: 64', 'SquareService: invalid-payload'])
  },
  TIMEOUT_MS,
)

it(
  'a project without @types/node and without the DOM compiles',
  async () => {
    const project = join(installed(), 'bare')
    await makeProject('bare', project)
    await compileProject(project)
  },
  TIMEOUT_MS,
)

const ROUTE = [
  '[{"status":200,"body":49},{"status":422,"body":null}]',
  '[{"status":200,"body":49},{"status":422,"body":null}]',
]

it(
  'a route compiles as for a bundler, and runs as one file, as Next has it',
  async () => {
    const project = join(installed(), 'next')
    await makeProject('next', project)
    await compileProject(project)
    await bundleProject(project)
    await rename(join(installed(), 'node_modules'), join(installed(), 'aside'))
    expect(
      await run(project).finally(() => rename(join(installed(), 'aside'), join(installed(), 'node_modules'))),
    ).toEqual(ROUTE)
  },
  TIMEOUT_MS,
)

it(
  'mq-console serves a Redis with no code, and with nothing at home, and ends on SIGTERM',
  async () => {
    const home = join(directory, 'home')
    await mkdir(home)
    const options = { cwd: installed(), env: { HOME: home }, timeoutMs: 60_000 }
    expect(await mustRun('npx', ['--no-install', 'mq-console', '--version'], options)).toMatch(/^\d+\.\d+\.\d+/)

    const ready = /the console is at (http[^"]*)\//
    const bin = join(installed(), 'node_modules/.bin/mq-console')
    const served = await startCommand(bin, ['--port', '0', '--url', redis.url], options, ready)
    const page = await (await fetch(`${served.found}/`)).text()
    const script = /src="([^"]+\.js)"/.exec(page)?.[1] ?? ''
    const file = await fetch(new URL(script, `${served.found}/`))
    const queues = await fetch(`${served.found}/api/v1/queues`)
    expect([file.headers.get('content-type'), queues.status]).toEqual([expect.stringContaining('javascript'), 200])
    served.kill()
    expect(await served.end).toMatchObject({ code: 0, stderr: '' })
  },
  TIMEOUT_MS,
)

it('npm packs none of them, and says why', async () => {
  const manifest = fileURLToPath(new URL('../../../packages/core', import.meta.url))
  const { code, stderr } = await runCommand('npm', ['pack', '--dry-run'], { cwd: manifest, timeoutMs: 120_000 })
  expect(code).not.toBe(0)
  expect(stderr).toContain('@mq/core was not packed: pack it with pnpm, not with npm')
})

// Each of these installs some hundred megabytes or packages.
const full = process.env['MQ_FULL'] === '1'
const because = full ? '' : ' (skipped: only with MQ_FULL=1, since it installs for half a minute)'

it.skipIf(!full)(
  `webpack bundles the route, as Next does${because}`,
  async () => {
    const project = join(directory, 'webpack')
    await makeProject('next', project, [...tarballs, '@types/node@20', 'webpack@5', 'webpack-cli@6'])
    await compileProject(project)
    await mustRun('npx', ['webpack', '--config', 'webpack.config.cjs'], { cwd: project, timeoutMs: 60_000 })
    await rm(join(project, 'node_modules'), { recursive: true })
    expect(await run(project)).toEqual(ROUTE)
  },
  TIMEOUT_MS,
)

it.skipIf(!full)(
  `jest tests a CommonJS project, compiled by ts-jest${because}`,
  async () => {
    const project = join(directory, 'jest')
    const tools = ['@types/node@20', '@types/jest@30', 'jest@30', 'ts-jest@29', 'typescript@5.9']
    await makeProject('jest', project, [...tarballs, ...tools])
    await mustRun('npx', ['jest', '--ci'], { cwd: project, env: { REDIS_URL: redis.url }, timeoutMs: 120_000 })
  },
  TIMEOUT_MS,
)

it.skipIf(!full)(
  `Bun runs a project on both adapters${because}`,
  async () => {
    const project = join(directory, 'bun')
    await makeProject('bun', project, [...tarballs, 'bun@1'])
    const env = { REDIS_URL: redis.url }
    const stdout = await mustRun('npx', ['bun', 'src/main.ts'], { cwd: project, env, timeoutMs: 60_000 })
    expect(stdout.split('\n').slice(0, -1)).toEqual(['memory: 49', 'redis: 49'])
  },
  TIMEOUT_MS,
)

it.skipIf(!full)(
  `Nest serves the console, on Express and on Fastify${because}`,
  async () => {
    const project = join(directory, 'nest-console')
    const nest = ['common', 'core', 'platform-express', 'platform-fastify'].map((name) => `@nestjs/${name}@12`)
    const others = ['reflect-metadata@0.2', 'rxjs@7', '@types/express@5', '@types/node@20']
    await makeProject('nest-console', project, [...tarballs, ...nest, ...others])
    await compileProject(project)
    const words = '201 200 200 202 400 200, 2 wait, bye'
    expect(await run(project)).toEqual([`Express: ${words}`, `Fastify: ${words}`])
  },
  TIMEOUT_MS,
)

it.skipIf(!full)(
  `Next serves the console, by a route of pages/api${because}`,
  async () => {
    const project = join(directory, 'next-console')
    const others = ['next@16', 'react@19', 'react-dom@19', '@types/react@19', '@types/node@20', 'typescript@5.9']
    await makeProject('next-console', project, [...tarballs, ...others])
    const token = 'of-an-operator-of-this-test'
    const env = { REDIS_URL: redis.url, CONSOLE_TOKEN: token, NEXT_TELEMETRY_DISABLED: '1' }
    await mustRun('npx', ['next', 'build'], { cwd: project, env, timeoutMs: 300_000 })
    const options = { cwd: project, env, timeoutMs: 120_000 }
    const bin = join(project, 'node_modules/.bin/next')
    const served = await startCommand(
      bin,
      ['start', '--port', '0', '--hostname', '127.0.0.1'],
      options,
      /(http:\/\/127[.\d:]+)/,
    )
    const url = `${served.found}/api/console`
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const post = (body: string) => fetch(`${url}/api/v1/queues/mails/tasks`, { method: 'POST', headers, body })
    const page = await fetch(`${url}/`)
    const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1] ?? ''
    const file = await fetch(new URL(script, `${url}/`))
    const answers = [
      page,
      file,
      await fetch(`${url}/api/v1/queues`),
      await post('{"payload":{"to":"é"}}'),
      await post('{'),
    ]
    const large = await post(JSON.stringify({ payload: 'x'.repeat(600_000) }))
    const stream = await fetch(`${url}/api/v1/events`, { headers })
    expect([...answers, large, stream].map(({ status }) => status)).toEqual([200, 200, 401, 202, 400, 202, 200])
    const { queues } = (await (await fetch(`${url}/api/v1/queues`, { headers })).json()) as { queues: object[] }
    expect(queues).toMatchObject([{ name: 'mails', waiting: 2 }])
    served.kill()
    await served.end
    await stream.text().catch(() => undefined)
  },
  TIMEOUT_MS,
)
