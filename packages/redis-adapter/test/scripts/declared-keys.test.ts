// Undeclared keys: a script may only touch keys that it declares, or it works on one server and fails in a cluster.
import { defineQueue, retry } from '@mq/core'
import { expect, it } from 'vitest'
import { appendScript } from '../../src/scripts/channel/append.ts'
import { cancelScript } from '../../src/scripts/queue/cancel.ts'
import { channelObliterateScript } from '../../src/scripts/channel/channel-obliterate.ts'
import { discardScript } from '../../src/scripts/queue/discard.ts'
import { enqueueDisplacingScript } from '../../src/scripts/queue/enqueue-displacing.ts'
import { enqueueScript } from '../../src/scripts/queue/enqueue.ts'
import { extendScript } from '../../src/scripts/queue/extend.ts'
import { groupApplyScript } from '../../src/scripts/group/group-apply.ts'
import { groupNoteScript } from '../../src/scripts/group/group-note.ts'
import { groupExtendScript } from '../../src/scripts/group/group-extend.ts'
import { groupRedriveScript } from '../../src/scripts/group/group-redrive.ts'
import { groupStatsScript } from '../../src/scripts/group/group-stats.ts'
import { groupTurnScript } from '../../src/scripts/group/group-turn.ts'
import { historyScript } from '../../src/scripts/history/history.ts'
import { sampleScript } from '../../src/scripts/history/sample.ts'
import { inspectScript } from '../../src/scripts/queue/inspect.ts'
import { listDeadScript } from '../../src/scripts/queue/list-dead.ts'
import { channelAgoScript } from '../../src/scripts/channel/channel-ago.ts'
import { listGroupsScript } from '../../src/scripts/channel/list-groups.ts'
import { markScript } from '../../src/scripts/channel/mark.ts'
import { noteScript } from '../../src/scripts/queue/note.ts'
import { pageScript } from '../../src/scripts/queue/page.ts'
import { publishScript } from '../../src/scripts/channel/publish.ts'
import { purgeScript } from '../../src/scripts/queue/purge.ts'
import { readScript } from '../../src/scripts/queue/read.ts'
import { redriveScript } from '../../src/scripts/queue/redrive.ts'
import { dueSchedulesScript } from '../../src/scripts/schedules/due-schedules.ts'
import { listSchedulesScript } from '../../src/scripts/schedules/list-schedules.ts'
import { readScheduleScript } from '../../src/scripts/schedules/read-schedule.ts'
import { removeScheduleScript } from '../../src/scripts/schedules/remove-schedule.ts'
import { setScheduleScript } from '../../src/scripts/schedules/set-schedule.ts'
import { tickKeyedScript } from '../../src/scripts/schedules/tick-keyed.ts'
import { tickScript } from '../../src/scripts/schedules/tick.ts'
import { setPausedScript } from '../../src/scripts/queue/set-paused.ts'
import { settleAndClaimScript } from '../../src/scripts/queue/settle-and-claim.ts'
import { statsScript } from '../../src/scripts/queue/stats.ts'
import { eventually } from '../lab/eventually.ts'
import { FurnishedGroup, KEPT } from '../lab/furnished-group.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'
import { watchCommands } from '../lab/watch-commands.ts'
import type { SeenCommand } from '../lab/watch-commands.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
/** Whose first argument is no key. */
const NO_KEY = new Set(['time', 'publish', 'spublish', 'pubsub', 'info'])

/** Every command that the server runs, those in scripts too. */
async function watch(): Promise<SeenCommand[]> {
  const seen: SeenCommand[] = []
  const end = await watchCommands(lab.server.port, (command) => seen.push(command))
  lab.defer(async () => end())
  return seen
}

/** A channel with history in which every verb has something to do. */
async function useGroups(): Promise<void> {
  const furnished = await FurnishedGroup.create(lab)
  const { group, held, name, storage } = furnished
  const lane = new WorkerLane(group)
  await group.extend(
    held.map(({ lease }) => lease),
    30_000,
  )
  await lane.turn({ settlements: furnished.settlements(), want: 100, awaitWork: true })
  await storage.channel(name).publish(['a', 'b'], { ...KEPT, maxCount: 1 })
  await group.stats()
  await storage.channel(name).groups()
  await group.note([{ lease: held[0]!.lease, kind: 'memo', body: '{}' }])
  for (const { n } of await group.list({ state: 'dead', limit: 10 })) {
    await group.apply({ kind: 'redrive', tasks: [{ n, delayMs: n === '2' ? 0 : 1 }] })
  }
  for (const kind of ['pause', 'resume'] as const) await group.apply({ kind })
  const { epoch, n } = await storage.channel(name).mark()
  await group.apply({ kind: 'seek', to: { position: { epoch, n: n - 1 } } })
  await storage.channel(name).agoOf!({ epoch, n })
  await group.apply({ kind: 'seek', to: { sinceMs: 10 } })
  await lane.drain()
  await group.apply({ kind: 'remove' })
  await storage.channel(name).obliterate({ force: true })
}

it('every script touches the keys that it declares, and no other', async () => {
  const seen = await watch()
  // A queue in which every verb has something to do …
  const queue = await FurnishedQueue.create(lab)
  const { port } = queue
  await port.worker().turn({ settlements: queue.settlements(), want: 100, awaitWork: true })
  await port.driver.extend(queue.leases, 30_000)
  await port.driver.note(queue.leases.map((lease) => ({ lease, kind: 'progress', body: '1' })))
  await port.driver.list({ state: 'dead', limit: 10 })
  for (const state of ['waiting', 'delayed', 'running', 'ended'] as const) await port.driver.page({ state, limit: 10 })
  await port.stats()
  await port.driver.inspect({ n: queue.numbers[0]! }, { content: true })
  await port.driver.note(queue.leases.map((lease) => ({ lease, kind: 'log', body: 'a line' })))
  await port.driver.sample!({ waits: [[1, 1]], runs: [] })
  for (const resolution of ['10s', '1h'] as const) await port.driver.history!({ resolution, skip: 0, limit: 10 })
  await port.driver.note(queue.leases.map((lease) => ({ lease, kind: 'memo', body: '1' })))
  await port.driver.apply({ kind: 'redrive', tasks: [{ n: queue.dead, delayMs: 0 }] })
  await port.offer([{ dedupe: { key: 'k', windowMs: 1 } }, '2'], { capacity: 1, displace: true })
  for (const n of await port.redis.zrange(port.key('dead'), '0', '-1')) {
    await port.driver.apply({ kind: 'discard', tasks: [n] })
  }
  const schedules = port.driver.schedules!
  const { schedules: due } = await schedules.due(10)
  const task = { level: 3, delayMs: 0, header: '', payload: '1' }
  const [tick] = due.map(({ name, revision, dueAt }) => ({ name, revision, dueAt, tasks: [task] }))
  expect(await schedules.tick({ lane: 'ticks', seq: 1, ticks: [tick!] })).toMatchObject([{ state: 'done' }])
  const extra = { name: tick!.name, revision: tick!.revision, tasks: [{ ...task, header: '{"key":"k"}', key: 'k' }] }
  expect(await schedules.tick({ lane: 'ticks', seq: 2, ticks: [extra] })).toMatchObject([{ state: 'done' }])
  await schedules.set({ name: 'new', body: '' })
  await schedules.read('new')
  await schedules.page({ limit: 10 })
  await schedules.remove('new')
  await port.driver.apply({ kind: 'pause' })
  await port.driver.apply({ kind: 'resume' })
  const furnishedAgain = (await FurnishedQueue.create(lab)).port.driver
  for (const state of ['waiting', 'delayed'] as const) {
    await furnishedAgain.apply({ kind: 'purge', state, reason: '', limit: 1_000 })
  }
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
  await useGroups()
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
  const scripts = [
    enqueueScript,
    settleAndClaimScript,
    extendScript,
    noteScript,
    readScript,
    listDeadScript,
    pageScript,
  ]
  const ofGroups = [
    appendScript,
    groupTurnScript,
    groupExtendScript,
    groupStatsScript,
    groupNoteScript,
    groupApplyScript,
    groupRedriveScript,
    channelObliterateScript,
    listGroupsScript,
    channelAgoScript,
  ]
  const commands = [cancelScript, setPausedScript, redriveScript, discardScript, purgeScript]
  const others = [
    statsScript,
    sampleScript,
    historyScript,
    inspectScript,
    enqueueDisplacingScript,
    publishScript,
    markScript,
    readScheduleScript,
    listSchedulesScript,
    dueSchedulesScript,
    setScheduleScript,
    removeScheduleScript,
    tickScript,
    tickKeyedScript,
  ]
  for (const { sha } of [...scripts, ...commands, ...others, ...ofGroups]) expect(ran).toContain(sha)
})
