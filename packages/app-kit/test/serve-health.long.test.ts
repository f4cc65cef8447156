import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { healthPort } from './health-port.ts'

// Node's own timeout, which no clock of ours moves.
it('half a request does not hold its socket for as long as it likes', async () => {
  const port = await healthPort()
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /health/live HTTP/1.1\r\n')
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk)))
  await once(socket, 'close')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
})
