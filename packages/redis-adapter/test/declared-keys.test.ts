// Hole 13, and hole 10: a script may only touch keys that it declares, or it works on one server and fails in a cluster.
import { defineQueue, retry } from '@mq/core'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { cancelScript } from '../src/scripts/cancel.ts'
import { enqueueScript } from '../src/scripts/enqueue.ts'
import { extendScript } from '../src/scripts/extend.ts'
import { listDeadScript } from '../src/scripts/list-dead.ts'
import { noteScript } from '../src/scripts/note.ts'
import { publishScript } from '../src/scripts/publish.ts'
import { readScript } from '../src/scripts/read.ts'
import { settleAndClaimScript } from '../src/scripts/settle-and-claim.ts'
import { statsScript } from '../src/scripts/stats.ts'
import { eventually } from './eventually.ts'
import { FurnishedQueue } from './furnished-queue.ts'
import { Lab } from './lab.ts'

const lab = await Lab.start()
/** Whose first argument is no key. */
const NO_KEY = new Set(['time', 'publish', 'spublish', 'info'])

interface Seen {
  readonly command: readonly string[]
  readonly byScript: boolean
}

/** Every command that the server runs, those in scripts too. */
async function watch(): Promise<Seen[]> {
  const seen: Seen[] = []
  const monitor = await new Redis(lab.server.url).monitor()
  lab.defer(async () => monitor.disconnect())
  monitor.on('monitor', (_time: string, command: string[], source: string) => {
    seen.push({ command, byScript: source === 'lua' })
  })
  return seen
}

it('every script touches the keys that it declares, and no other', async () => {
  const seen = await watch()
  // A queue in which every verb has something to do …
  const queue = await FurnishedQueue.create(lab)
  const { port } = queue
  await port.worker().turn({ settlements: queue.settlements(), want: 100, awaitWork: true })
  await port.driver.extend(queue.leases, 30_000)
  await port.driver.note(queue.leases.map((lease) => ({ lease, kind: 'progress', body: '1' })))
  await port.driver.list({ state: 'dead', offset: 0, limit: 10 })
  await port.stats()
  for (const n of queue.numbers) await port.cancel(n)
  await queue.rest(port)
  // … and one in which all of it goes on at once.
  const name = lab.freshName()
  const definition = defineQueue({ name, capacity: { size: 20 }, backoff: { kind: 'fixed', baseMs: 1 } })
  const busy = (await lab.broker()).queue(definition)
  const worker = (await lab.broker()).queue(definition).process((payload, { attempt, progress }) => {
    progress(attempt)
    return attempt === 1 && Number(payload) % 5 === 0 ? retry({ delayMs: 1 }) : payload
  })
  const tasks = await Promise.all(Array.from({ length: 200 }, (_, i) => busy.enqueue(i, { priority: i % 10 })))
  await Promise.all(tasks.map((task) => task.result()))
  await worker.close()
  const channel = (await lab.broker()).channel(name)
  await channel.subscribe(() => undefined)
  await channel.publish('1')
  await lab.redis.get('the end')
  await eventually(() => seen.some(({ command }) => command[1] === 'the end'), 'all that was to be seen')

  let declared = new Set<string>()
  const ran = new Set<string>()
  const strange: string[] = []
  for (const { command, byScript } of seen) {
    const [verb = '', key = ''] = command
    if (byScript) {
      if (!NO_KEY.has(verb.toLowerCase()) && !declared.has(key)) strange.push(`${verb} ${key}`)
    } else if (verb === 'evalsha' || verb === 'eval') {
      declared = new Set(command.slice(3, 3 + Number(command[2])))
      ran.add(key)
    }
  }
  expect(strange).toEqual([])
  expect(seen.filter(({ byScript }) => byScript).length).toBeGreaterThan(1_000)
  const scripts = [enqueueScript, settleAndClaimScript, extendScript, noteScript, readScript, listDeadScript]
  for (const { sha } of [...scripts, statsScript, cancelScript, publishScript]) expect(ran).toContain(sha)
})
