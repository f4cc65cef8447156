import { createBroker, MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import { memoryAdapter } from '@mq/memory-adapter'
import { expect, it, onTestFinished } from 'vitest'
import { createCanary } from '../src/canary.ts'

function openBroker(): Broker {
  const broker = createBroker(memoryAdapter())
  onTestFinished(() => broker.close())
  return broker
}

/** The broker, whose channels publish in another way. */
function publishing(broker: Broker, publish: () => Promise<never>): Broker {
  return { ...broker, channel: (definition: never) => ({ ...broker.channel(definition), publish }) } as Broker
}

it('arrives, for as many as ask at once', async () => {
  const canary = createCanary(openBroker())
  const asked = Array.from({ length: 500 }, () => canary.ready(AbortSignal.timeout(5_000)))
  expect((await Promise.allSettled(asked)).every(({ status }) => status === 'fulfilled')).toBe(true)
  await canary.close()
})

it('takes a full storage for an answer, and any other refusal for a no', async () => {
  const refuse = (code: 'storage-full' | 'unavailable') =>
    createCanary(publishing(openBroker(), () => Promise.reject(new MqError(code, 'no'))))
  await refuse('storage-full').ready(AbortSignal.timeout(5_000))
  await expect(refuse('unavailable').ready(AbortSignal.timeout(5_000))).rejects.toMatchObject({ code: 'unavailable' })
})

it('is waited for no longer than the signal allows', async () => {
  const canary = createCanary(publishing(openBroker(), () => new Promise(() => {})))
  await expect(canary.ready(AbortSignal.timeout(20))).rejects.toThrow(/timeout/)
  await canary.close()
})

it('closes though it never subscribed', async () => {
  await createCanary(openBroker()).close()
})
