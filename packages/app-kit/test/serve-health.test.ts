import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { healthPort } from './health-port.ts'

it('has metrics, of mq and of the process, for Prometheus', async () => {
  const answer = await fetch(`http://127.0.0.1:${await healthPort()}/metrics`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const text = await answer.text()
  expect(text).toContain('\nmq_storage_up 1\n')
  expect(text).toContain('\nprocess_resident_memory_bytes ')
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
