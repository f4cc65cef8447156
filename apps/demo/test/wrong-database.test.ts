// A URL that names a database that is not there is a mistake of whoever starts the app: it says so, and ends.
import { startRedis } from '@mq/redis-server'
import { afterAll, describe, expect, it } from 'vitest'
import { APPS, Program } from './program.ts'

const server = await startRedis({ args: ['--databases', '4'] })
afterAll(() => server.stop())

describe.each([...APPS, 'demo'] as const)('%s', (app) => {
  it.each([
    ['', '4', 'cannot be used: database 4 cannot be used: ERR DB index is out of range'],
    ['user:s3cret@', 'notadb', 'REDIS_URL: the path of url must be the number of a database'],
  ])('with %s…/%s says so and ends', async (login, database, words) => {
    const program = new Program(app, { REDIS_URL: `redis://${login}127.0.0.1:${server.port}/${database}` })
    expect(await program.end()).toBe(1)
    expect(program.text).toContain(words)
    expect(program.records.at(-1)?.msg ?? '').toContain(words)
    expect(program.text).toContain('fatal')
    expect(program.text).not.toMatch(/unhandled|uncaught|s3cret|\n\s+at /)
  })
})
