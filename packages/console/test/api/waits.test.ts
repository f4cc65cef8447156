import type { Outcome, Task } from '@mq/core'
import type { FastifyReply } from 'fastify'
import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { Waits } from '../../src/api/waits.ts'

/** Ends when nobody waits for it any more. */
const endless = {
  outcome: ({ signal }: { signal: AbortSignal }) =>
    new Promise<Outcome>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
} as unknown as Task
const newReply = (): FastifyReply => ({ raw: new EventEmitter() }) as unknown as FastifyReply

it('lets a thousand requests wait, and refuses the next until one is gone', async () => {
  const closing = new AbortController()
  const waits = new Waits(closing.signal)
  const replies = Array.from({ length: 1_000 }, newReply)
  const waiting = replies.map((reply) => waits.forEnd(endless, 30_000, reply))
  await expect(waits.forEnd(endless, 30_000, newReply())).rejects.toMatchObject({
    status: 503,
    code: 'too-many-waiting',
    more: { retryAfterS: 1 },
  })
  replies[0]!.raw.emit('close')
  expect(await waiting[0]).toEqual({ state: 'pending' })
  const another = waits.forEnd(endless, 30_000, newReply())
  closing.abort()
  expect(await Promise.all([...waiting, another])).toEqual(Array.from({ length: 1_001 }, () => ({ state: 'pending' })))
})
