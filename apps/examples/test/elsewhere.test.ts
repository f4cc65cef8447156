// What the registry would get, installed with npm in projects that know nothing of this workspace.
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mustRun } from './run-command.ts'
import { compileProject, makeProject, packPublicPackages } from './tarballs.ts'

const TIMEOUT_MS = 300_000

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

const run = async (project: string): Promise<string[]> => {
  const env = { REDIS_URL: redis.url }
  const stdout = await mustRun(process.execPath, ['dist/main.js'], { cwd: project, env, timeoutMs: 30_000 })
  return stdout.split('\n').slice(0, -1)
}

it(
  'an ES module project compiles and runs a task on both adapters, also with copies of ioredis of its own',
  async () => {
    const project = join(directory, 'esm')
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
    for (const name of ['core', 'memory-adapter', 'redis-adapter']) {
      const manifest = await readFile(join(project, 'node_modules/@mq', name, 'package.json'), 'utf8')
      expect(manifest).not.toMatch(/workspace:|catalog:|@mq\/source/)
      if (name === 'core') expect(JSON.parse(manifest)).not.toHaveProperty('dependencies')
    }
  },
  TIMEOUT_MS,
)

it(
  'a CommonJS project compiles and runs a task on both adapters',
  async () => {
    const project = join(directory, 'cjs')
    await makeProject('cjs', project, [...tarballs, '@types/node@20'])
    await compileProject(project)
    expect(await run(project)).toEqual(['memory: 49', 'redis: 49', 'another copy: true, its errors are known: true'])
  },
  TIMEOUT_MS,
)
