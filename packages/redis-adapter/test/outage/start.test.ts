import { createBroker, MqError } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { createRecorder, textOf } from '../lab/recorder.ts'
import { ownTime } from '../lab/own-time.ts'
import { lasting, settled, until } from '../lab/until.ts'

const PASSWORD = 'hunter2-Geheimnis'

/** A port that was a server's, and will be again. */
async function vacantPort(): Promise<number> {
  const server = await startRedis()
  await server.stop()
  return server.port
}

describe.concurrent('a server that is not there at the start', () => {
  it('is waited for, is named once without its password, and is used when it appears', async () => {
    const port = await vacantPort()
    const recorder = createRecorder()
    const url = `redis://user:${PASSWORD}@127.0.0.1:${port}/0`
    const broker = createBroker(redisAdapter({ url }), recorder.options)
    const ready = broker.ready({ timeoutMs: 30_000 })
    const queue = broker.queue('q')
    const handled: unknown[] = []
    queue.process((payload) => void handled.push(payload))

    const refused = await settled(queue.enqueue('too early'), 10_000)
    expect(refused).toMatchObject({ end: 'rejected' })
    await lasting(2_000)
    for (const role of ['command', 'subscriber']) {
      const said = recorder.said(/./, role)
      expect(said).toHaveLength(1)
      expect(said[0]!.message).toMatch(/not connected/)
      expect(JSON.stringify(said[0])).toContain(`redis://127.0.0.1:${port}`)
    }
    expect(recorder.said(/./)).toHaveLength(2)

    await using server = await startRedis({ port, args: ['--user', 'user', 'on', `>${PASSWORD}`, '~*', '&*', '+@all'] })
    const appeared = ownTime()
    await ready
    const readyMs = Math.round(ownTime() - appeared)
    await queue.enqueue('at last')
    await until('the task', 5_000, () => handled.includes('at last'))
    console.log(`unreachable at the start: ready ${readyMs} ms after it appeared on ${server.url}`)
    expect(readyMs).toBeLessThan(5_000)
    expect(recorder.said(/connected to Redis again/)).toHaveLength(2)
    await broker.close()
    expect(recorder.errors).toEqual([])
    for (const text of [recorder.everything(), textOf(refused)]) expect(text).not.toContain(PASSWORD)
  })

  it('makes an enqueue fail with unavailable, in time, and never hang', async () => {
    // Nobody's: another test cannot be given it meanwhile.
    const port = 1
    const recorder = createRecorder()
    for (const operationTimeoutMs of [300, 2_000]) {
      const broker = createBroker(redisAdapter({ url: `redis://127.0.0.1:${port}` }), {
        ...recorder.options,
        operationTimeoutMs,
      })
      const queue = broker.queue('q')
      const ends = await Promise.all(Array.from({ length: 5 }, () => settled(queue.enqueue('x'), 10_000)))
      for (const end of ends) {
        expect(end).toMatchObject({ end: 'rejected', error: { code: 'unavailable' } })
        expect(end.tookMs).toBeLessThan(operationTimeoutMs + 1_000)
      }
      await broker.close()
    }
  })
})

describe.concurrent('a server that refuses the password', () => {
  for (const [what, credentials] of [
    ['a wrong one', `:${PASSWORD}@`],
    ['a wrong user', `nobody:${PASSWORD}@`],
    ['none', ''],
  ] as const) {
    it(`makes ready reject with server-unsupported and tells no secret: ${what}`, async () => {
      await using server = await startRedis({ args: ['--requirepass', 'the right one'] })
      const recorder = createRecorder()
      const url = `redis://${credentials}127.0.0.1:${server.port}`
      const broker = createBroker(redisAdapter({ url }), recorder.options)
      const queue = broker.queue('q')
      const payload = 'a secret payload'
      const ready = await settled(broker.ready(), 10_000)
      expect(ready).toMatchObject({ end: 'rejected', error: { code: 'server-unsupported' } })
      const enqueued = await settled(queue.enqueue(payload), 10_000)
      expect(enqueued).toMatchObject({ end: 'rejected' })
      // It goes on trying, in case the server changes its mind, but says no more of it.
      await lasting(3_000)
      for (const role of ['command', 'subscriber']) {
        expect(recorder.said(/cannot be used/, role)).toHaveLength(1)
        expect(recorder.said(/not connected/, role)).toHaveLength(1)
      }
      expect(recorder.said(/./)).toHaveLength(4)
      expect(recorder.errors).toHaveLength(2)
      const closed = await settled(broker.close({ deadlineMs: 1_000 }), 10_000)
      expect(closed).toMatchObject({ end: 'resolved' })
      expect(closed.tookMs).toBeLessThan(2_000)

      for (const error of recorder.errors) expect(MqError.is(error)).toBe(true)
      for (const text of [recorder.everything(), textOf([ready, enqueued])]) {
        expect(text).not.toContain(PASSWORD)
        expect(text).not.toContain(payload)
        expect(text).toMatch(/WRONGPASS|NOAUTH/)
      }
    })
  }

  it('is used once it takes it', async () => {
    await using server = await startRedis({ args: ['--requirepass', 'another'] })
    const recorder = createRecorder()
    const broker = createBroker(
      redisAdapter({ url: `redis://:${PASSWORD}@127.0.0.1:${server.port}` }),
      recorder.options,
    )
    await expect(broker.ready()).rejects.toMatchObject({ code: 'server-unsupported' })
    const operator = new Redis({ port: server.port, password: 'another' })
    await operator.config('SET', 'requirepass', PASSWORD)
    await until('the broker to be ready', 10_000, () =>
      broker.ready().then(
        () => true,
        () => false,
      ),
    )
    await broker.queue('q').enqueue('now')
    operator.disconnect()
    await broker.close()
  })

  it('is complained of once by a worker, not twice a second', async () => {
    await using server = await startRedis({ args: ['--requirepass', 'another'] })
    const recorder = createRecorder()
    const broker = createBroker(
      redisAdapter({ url: `redis://:${PASSWORD}@127.0.0.1:${server.port}` }),
      recorder.options,
    )
    broker.queue('q').process(() => undefined)
    await lasting(5_000)
    await broker.close()
    expect(recorder.said(/refuses this worker/).length).toBeLessThanOrEqual(2)
    expect(recorder.errors.length).toBeLessThanOrEqual(4)
  })
})
