import type { Queue } from '@mq/core'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { errorAnswers } from '../plugins/answer-errors.ts'
import { Refusal } from '../plugins/refusal.ts'
import type { WebApp } from '../web-app.ts'

const READY_TIMEOUT_MS = 1_000

export interface HealthOptions {
  readonly queues: ReadonlyMap<string, Queue>
  readonly stopping?: AbortSignal | undefined
}

/** Live: this process answers. Ready: so does the storage, now, and the process is not about to end. */
export function healthRoutes(app: WebApp, { queues, stopping }: HealthOptions): void {
  // Who keeps a connection would send the next request just when the listener goes.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping?.aborted) reply.header('connection', 'close')
    done()
  })
  const healthy = z.object({ status: z.literal('ok') })
  const response = { 200: healthy, ...errorAnswers }
  const tags = ['Health']
  const live = {
    operationId: 'isLive',
    tags,
    summary: 'This process answers',
    description: 'Says nothing of the storage.',
    response,
  }
  const ready = {
    operationId: 'isReady',
    tags,
    summary: 'So does its storage, and it is not about to end',
    description: 'For a balancer: 503 until the storage answers, and from the begin of the end on.',
    response,
  }
  app.get('/health/live', { schema: live }, async () => ({ status: 'ok' as const }))
  app.get('/health/ready', { schema: ready }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    if (stopping?.aborted) throw new Refusal(503, 'unavailable', 'stopping', 1)
    const enough = new AbortController()
    const timeout = pause(READY_TIMEOUT_MS, 'timeout', { signal: enough.signal })
    const asked = Promise.all([...queues.values()].map((queue) => queue.stats()))
    try {
      if ((await Promise.race([asked, timeout])) !== 'timeout') return { status: 'ok' as const }
      throw new Refusal(503, 'unavailable', `the storage did not answer within ${READY_TIMEOUT_MS} ms`, 1)
    } finally {
      enough.abort()
    }
  })
}
