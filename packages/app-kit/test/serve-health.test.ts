import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createAppLogger } from '../src/app-logger.ts'
import { serveHealth } from '../src/serve-health.ts'

it('half a request does not hold its socket for as long as it likes', async () => {
  let said = ''
  const logger = createAppLogger({
    app: 'test',
    level: 'info',
    destination: { write: (line: string) => void (said += line) },
  })
  const health = await serveHealth({ HEALTH_PORT: 0 }, logger, async () => undefined)
  onTestFinished(() => health[Symbol.asyncDispose]())
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1])
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /health/live HTTP/1.1\r\n')
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk)))
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})
