import { MqError } from '@mq/core'
import type { Broker } from '@mq/core'
import { expect, it } from 'vitest'
import type { AppLogger } from '../src/app-logger.ts'
import { StartError } from '../src/lifecycle.ts'
import { awaitStorage } from '../src/storage-watch.ts'

const away = (reason: string): MqError =>
  new MqError('wait-timeout', 'not ready', { cause: new MqError('unavailable', reason) })

/** Answers with each of these in turn, then that it is there. */
async function watch(...answers: Error[]): Promise<readonly unknown[]> {
  const logged: unknown[] = []
  const log = (...said: unknown[]): void => void logged.push(said)
  const ready = async (): Promise<void> => {
    const answer = answers.shift()
    if (answer) throw answer
  }
  const [broker, logger] = [{ ready } as unknown as Broker, { warn: log, info: log } as unknown as AppLogger]
  await awaitStorage(broker, 'redis://h', logger, new AbortController().signal)
  return logged
}

it('says nothing of a storage that is there', async () => {
  expect(await watch()).toEqual([])
})

it('says each reason for waiting once, and that the storage is there', async () => {
  const logged = await watch(away('refused'), away('refused'), away('NOPERM'), away('refused'))
  expect(logged).toEqual([
    [{ reason: 'refused' }, 'no answer from redis://h: waiting for it'],
    [{ reason: 'NOPERM' }, 'no answer from redis://h: waiting for it'],
    [{ waitedMs: expect.any(Number) as number }, 'redis://h answers'],
  ])
})

it('gives up where waiting is senseless', async () => {
  const refused = watch(new MqError('server-unsupported', 'Redis 7.0 is needed'))
  await expect(refused).rejects.toThrow(StartError)
  await expect(watch(new MqError('closed', 'closed'))).rejects.toMatchObject({ code: 'closed' })
})
