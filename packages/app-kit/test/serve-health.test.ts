import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createAppLogger } from '../src/app-logger.ts'
import { serveHealth } from '../src/serve-health.ts'

async function healthPort(): Promise<number> {
  let said = ''
  const logger = createAppLogger({
    app: 'test',
    level: 'info',
    destination: { write: (line: string) => void (said += line) },
  })
  const health = await serveHealth({ HEALTH_PORT: 0 }, logger, async () => undefined)
  onTestFinished(() => health[Symbol.asyncDispose]())
  return Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1])
}

it('half a request does not hold its socket for as long as it likes', async () => {
  const port = await healthPort()
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /health/live HTTP/1.1\r\n')
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk)))
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})

it('has a hundred connections at once, and takes another once one was closed', async () => {
  const port = await healthPort()
  const sockets = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'))
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const isRefused = async (): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined)
    await answer?.arrayBuffer()
    return answer === undefined
  }
  expect(await isRefused()).toBe(true)
  sockets[0]!.destroy()
  await expect.poll(isRefused).toBe(false)
})
