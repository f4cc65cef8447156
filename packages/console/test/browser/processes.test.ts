import { createBroker, silentLogger } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bundleProgram } from '../../../../bundle-program.ts'
import { HAS_BROWSER, openPage } from './open-page.ts'

function startWorker(redis: RedisServer): ChildProcess {
  const worker = spawn(process.execPath, [bundleProgram(join(import.meta.dirname, 'programs/worker.ts')), redis.url], {
    stdio: 'inherit',
  })
  onTestFinished(() => void worker.kill('SIGKILL'))
  return worker
}

/** Five seconds; more where other programs take the processors. */
const SOON_MS = 5_000 * Math.max(1, loadavg()[0]! / availableParallelism())

describe.skipIf(!HAS_BROWSER)('the page, on real processes and a real Redis', () => {
  it('says within five seconds that all workers are dead, and that Redis is gone and is back', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes'] })
    onTestFinished(() => redis.stop())
    const broker = createBroker(redisAdapter({ url: redis.url }), { logger: silentLogger })
    const { page, open, complaints } = await openPage('about:blank', { broker })
    const mails = broker.queue('mails')
    const workers = [startWorker(redis), startWorker(redis)]
    expect(await (await mails.enqueue({ to: 'ada' })).result()).toBe('sent to ada')
    await mails.enqueue({ to: 'slow' }, { id: 'slow' })
    await open('/workers')
    await expect.poll(() => page.locator('tr[data-row]').count()).toBe(2)

    await open('/queues/mails/tasks/slow')
    await page.locator('.why', { hasText: 'It is running.' }).waitFor()
    await page.click('.actions >> text=Cancel')
    await page.click('dialog button[type=submit]')
    await page.locator('.why', { hasText: 'It has ended: Cancelled' }).waitFor()

    // They hold tasks, and might be too busy to call: only their connections show that they are gone.
    await mails.enqueueAll(Array.from({ length: 8 }, () => ({ payload: { to: 'slow' } })))
    await expect.poll(async () => (await mails.stats()).running).toBe(8)
    await open('/')
    await page.locator('#flow').waitFor()
    for (const worker of workers) worker.kill('SIGKILL')
    const killedAt = performance.now()
    await mails.enqueueAll(Array.from({ length: 500 }, (_, i) => ({ payload: { to: `friend ${i}` } })))
    await page
      .locator('#flow', { hasText: /^Work is stuck in mails: 500 tasks wait, 8 tasks were left .* no worker is there/ })
      .waitFor()
    expect(performance.now() - killedAt).toBeLessThan(SOON_MS)

    await redis.kill()
    await page.locator('#flow', { hasText: 'The storage is away' }).waitFor()
    await page.locator('.banner', { hasText: 'The storage has been away since' }).waitFor()
    await redis.restart()
    await page.locator('.toast', { hasText: 'The storage is back.' }).waitFor()
    await page.locator('#flow', { hasText: /in mails: \d+ tasks wait/ }).waitFor()
    await mails.purge()
    startWorker(redis)
    await page.locator('#flow', { hasText: /^(Work is flowing|All is quiet)/ }).waitFor()
    expect(complaints).toEqual([])
  })
})
