import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { healthPort } from './health-port.ts'

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
