import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { startRedis } from '@mq/redis-server'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bundleProgram } from '../../../../bundle-program.ts'
import type { Life } from '../lab/programs/one-life.ts'
import { ownTime } from '../lab/own-time.ts'
import { settled } from '../lab/until.ts'

const WITHIN_MS = 1_000

/** Runs the program to its end; answers its exit code and how long it stayed after `close()` had resolved. */
async function live(life: Life): Promise<{ code: number | null; printed: string; lingeredMs: number }> {
  const child = spawn(
    process.execPath,
    [bundleProgram(join(import.meta.dirname, '../lab/programs/one-life.ts')), JSON.stringify(life)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let printed = ''
  let closedAt = Number.NaN
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (printed.includes('closed') && Number.isNaN(closedAt)) closedAt = ownTime()
    })
  }
  const exit = once(child, 'exit')
  const end = await settled(exit, 30_000)
  const lingeredMs = Math.round(ownTime() - closedAt)
  child.kill('SIGKILL')
  await exit
  console.log(`${life.kind}: gone ${lingeredMs} ms after close`)
  if (end.end === undefined) throw new Error(`the process did not end by itself; it printed: ${printed}`)
  return { code: child.exitCode, printed, lingeredMs }
}

async function expectEnd(life: Life): Promise<void> {
  const { lingeredMs, ...end } = await live(life)
  expect(end).toEqual({ code: 0, printed: 'closed\n' })
  expect(lingeredMs).toBeLessThan(WITHIN_MS)
}

describe.concurrent('a process that has closed its broker ends by itself', () => {
  it('after a whole life', async () => {
    await using server = await startRedis()
    await expectEnd({ kind: 'whole', url: server.url })
  })

  it('when there never was a server', async () => {
    const server = await startRedis()
    await server.stop()
    await expectEnd({ kind: 'unanswered', url: server.url })
  })

  it('when the server stood still from the first to the last', async () => {
    await using server = await startRedis()
    server.pause()
    await expectEnd({ kind: 'unanswered', url: server.url })
  })

  it('when the server stood still after the connection was made', async () => {
    await using server = await startRedis()
    await expectEnd({ kind: 'stalling', url: server.url, serverPid: server.pid })
  })
})
