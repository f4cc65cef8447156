// Half-done scripts: a key of a wrong type that was met after LMPOP lost the tasks that had been popped.
import type { Receipt, TaskChange } from '@mq/core'
import { MqError } from '@mq/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { HISTORY_PARTS, keysOf, OUTCOME_PARTS, SCHEDULE_PARTS } from '../../src/keys.ts'
import { settleAndClaimScript } from '../../src/scripts/queue/settle-and-claim.ts'
import { keysFor } from '../../src/script.ts'
import { dump } from '../lab/dump.ts'
import { FurnishedQueue } from '../lab/furnished-queue.ts'
import { Lab } from '../lab/lab.ts'
import type { QueuePort } from '../lab/queue-port.ts'

const lab = await Lab.start()
let furnished: FurnishedQueue

/** What became of tasks by the call, as far as the caller was told. */
interface Told {
  readonly added?: readonly Receipt[]
  readonly ended?: readonly string[]
}

const numberIn = (lease: string): string => lease.slice(0, lease.indexOf('#'))
const rich = [{ id: 'new', delayMs: 5_000 }, { level: 9 }, { level: 0 }, { id: 'retried', payload: '"other"' }, '5']

const VERBS: Record<string, (port: QueuePort) => Promise<Told>> = {
  enqueue: async (port) => ({ added: await port.offer(['1', { level: 9 }, { level: 0 }]) }),
  'enqueue with ids and delays': async (port) => ({ added: await port.offer(rich) }),
  'enqueue into a bounded queue': async (port) => ({
    added: await port.offer(rich, { capacity: 50, awaitRoom: true }),
  }),
  'enqueue into a full queue': async (port) => ({ added: await port.offer(rich, { capacity: 1, awaitRoom: true }) }),
  'enqueue a conflict, awaiting room': async (port) => ({ added: await port.offer(rich, { awaitRoom: true }) }),
  'enqueue with a key of a deduplication': async (port) => ({
    added: await port.offer([
      { dedupe: { key: 'k', windowMs: 60_000 } },
      '1',
      { dedupe: { key: 'k', windowMs: 60_000 } },
    ]),
  }),
  'enqueue and displace': async (port) => {
    const added = await port.offer(['1', '2'], { capacity: 5, displace: true })
    return { added, ended: [furnished.tasks.suspect, furnished.tasks.retried] }
  },
  settle: async (port) => {
    await port.worker().settle(...furnished.settlements())
    return { ended: furnished.leases.slice(0, 2).map(numberIn) }
  },
  claim: async (port) => {
    await port.worker().claim(100, { awaitWork: true })
    return {}
  },
  'claim some': async (port) => {
    await port.worker().claim(2, { awaitWork: true, maxBytes: 10 })
    return {}
  },
  'settle and claim': async (port) => {
    await port.worker().turn({ settlements: furnished.settlements(), want: 100, awaitWork: true })
    return { ended: furnished.leases.slice(0, 2).map(numberIn) }
  },
  'end a lane': async (port) => {
    await port.worker().turn({ last: true })
    return {}
  },
  extend: async (port) => {
    await port.driver.extend(furnished.leases, 30_000)
    return {}
  },
  note: async (port) => {
    await port.driver.note(furnished.leases.map((lease) => ({ lease, kind: 'progress', body: '2' })))
    return {}
  },
  'note a memo': async (port) => {
    await port.driver.note(furnished.leases.map((lease) => ({ lease, kind: 'memo', body: '2' })))
    return {}
  },
  'note lines of logs': async (port) => {
    await port.driver.note(furnished.leases.map((lease) => ({ lease, kind: 'log', body: 'a\nb' })))
    return {}
  },
  inspect: async (port) => {
    for (const n of furnished.numbers) await port.driver.inspect({ n })
    await port.driver.inspect({ id: 'waiting' }, { content: true })
    await port.driver.inspect({ n: furnished.dead }, { content: true })
    return {}
  },
  'let a task wait': (port) => changed(port, furnished.tasks.delayed, { delayMs: 0 }),
  'let a task be due later': (port) => changed(port, furnished.tasks.urgent, { delayMs: 60_000 }),
  'give a task another level and payload': async (port) => {
    await port.driver.apply({ kind: 'change', task: { id: 'waiting' }, level: 5, payload: '7' })
    return {}
  },
  'let a suspect be due later': (port) => changed(port, furnished.tasks.suspect, { delayMs: 60_000 }),
  'pause and resume': async (port) => {
    await port.driver.apply({ kind: 'pause' })
    await port.driver.apply({ kind: 'resume' })
    return {}
  },
  redrive: async (port) => {
    const { changed } = await port.driver.apply({ kind: 'redrive', tasks: [{ n: furnished.dead, delayMs: 0 }] })
    return changed === 1 ? { added: [{ state: 'accepted', n: furnished.dead }] } : {}
  },
  discard: async (port) => {
    await port.driver.apply({ kind: 'discard', tasks: [furnished.dead] })
    return {}
  },
  'purge the waiting': async (port) => {
    await port.driver.apply({ kind: 'purge', state: 'waiting', reason: 'no', limit: 1_000 })
    const { waiting, urgent, crashed, retried, suspect } = furnished.tasks
    return { ended: [waiting, urgent, crashed, retried, suspect] }
  },
  'purge the delayed': async (port) => {
    await port.driver.apply({ kind: 'purge', state: 'delayed', reason: 'no', limit: 1_000 })
    return { ended: [furnished.tasks.due, furnished.tasks.delayed] }
  },
  read: async (port) => {
    const refs = [...furnished.numbers.map((n) => ({ n })), { id: 'old' }, { id: 'waiting' }]
    await port.driver.read(refs, { watch: true })
    return {}
  },
  stats: async (port) => {
    await port.stats()
    return {}
  },
  'report what a worker measured': async (port) => {
    await port.driver.sample!({ waits: [[1, 2]], runs: [[3, 4]] })
    return {}
  },
  'read the history': async (port) => {
    for (const resolution of ['10s', '1h'] as const) await port.driver.history!({ resolution, skip: 0, limit: 10 })
    return {}
  },
  'read and list schedules': async (port) => {
    await port.driver.schedules!.read('due')
    await port.driver.schedules!.page({ limit: 10 })
    return {}
  },
  'look which schedules are due': async (port) => {
    await port.driver.schedules!.due(10)
    return {}
  },
  'set a schedule': async (port) => {
    await port.driver.schedules!.set({ name: 'new', body: '' })
    return {}
  },
  'remove a schedule': async (port) => {
    await port.driver.schedules!.remove('due')
    return {}
  },
  tick: async (port) => {
    const { schedule } = await port.driver.schedules!.read('due')
    const tasks = [0, 9].map((level) => ({ level, delayMs: level, header: '', payload: '"tick"' }))
    const ticks = [{ name: 'due', revision: schedule!.revision, dueAt: schedule!.dueAt, tasks }]
    const receipts = await port.driver.schedules!.tick({ lane: 'ticks', seq: 1, ticks })
    return { added: receipts.flatMap((each) => ('tasks' in each ? each.tasks.map(accepted) : [])) }
  },
  'tick with a key': async (port) => {
    const { schedule } = await port.driver.schedules!.read('due')
    const tasks = [0, 9].map((level) => ({ level, delayMs: level, key: 'k', header: '{"key":"k"}', payload: '"tick"' }))
    const ticks = [{ name: 'due', revision: schedule!.revision, dueAt: schedule!.dueAt, tasks }]
    const receipts = await port.driver.schedules!.tick({ lane: 'ticks', seq: 1, ticks })
    return { added: receipts.flatMap((each) => ('tasks' in each ? each.tasks.map(accepted) : [])) }
  },
  obliterate: async (port) => {
    await port.driver.apply({ kind: 'obliterate', force: false })
    return {}
  },
  list: async (port) => {
    await port.driver.list({ state: 'dead', limit: 10 })
    return {}
  },
  page: async (port) => {
    for (const state of ['waiting', 'delayed', 'running', 'ended'] as const)
      await port.driver.page({ state, limit: 10 })
    return {}
  },
  'cancel a waiting task': async (port) => {
    await port.driver.apply({ kind: 'cancel', task: { id: 'waiting' }, reason: 'no' })
    return { ended: [furnished.tasks.waiting] }
  },
  'cancel a delayed task': (port) => cancelled(port, furnished.tasks.delayed),
  'cancel a retried task': (port) => cancelled(port, furnished.tasks.retried),
  'cancel a running task': (port) => cancelled(port, numberIn(furnished.leases[0]!)),
}

const accepted = (n: string): Receipt => ({ state: 'accepted', n })

async function changed(port: QueuePort, n: string, change: TaskChange): Promise<Told> {
  await port.driver.apply({ kind: 'change', task: { n }, ...change })
  return {}
}

async function cancelled(port: QueuePort, n: string): Promise<Told> {
  return (await port.cancel(n)) === 'cancelled' ? { ended: [n] } : {}
}

/** Ten keys for each part that has levels; those of level 0 are not in use. */
const PARTS = [...keysFor(settleAndClaimScript, 'mq', '').map((key) => key.slice('mq:{}:'.length)), 'producers']
  .concat(HISTORY_PARTS, SCHEDULE_PARTS)
  .filter((part) => !/:[123567]$/.test(part))

const OUTCOME_KEYS = keysOf('mq', '', OUTCOME_PARTS).map((key) => key.slice('mq:{}:'.length))

/** Calls a verb while `part` is of a wrong type, repairs the key, and says what is wrong with what happened. */
async function complaint(verb: string, part: string): Promise<string | undefined> {
  const port = await furnished.copy(lab)
  const [key, aside] = [port.key(part), `aside:${port.name}`]
  const isThere = (await lab.redis.exists(key)) === 1
  if (isThere) await lab.redis.rename(key, aside)
  await lab.redis.set(key, 'wrong')
  const before = await dump(lab.redis, port.name)
  let told: Told = {}
  let refusal: unknown
  try {
    told = await VERBS[verb]!(port)
  } catch (thrown) {
    refusal = thrown
  }
  const after = await dump(lab.redis, port.name)
  if (refusal !== undefined) {
    if (!MqError.is(refusal, 'storage-refused')) return `${verb}: threw ${JSON.stringify(refusal)}`
    const changed = Object.keys({ ...before, ...after }).filter(
      (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
    )
    if (changed.length > 0) return `${verb}: refused, and changed ${changed.join(' ')}`
  }
  await lab.redis.del(key)
  if (isThere) await lab.redis.rename(aside, key)
  const added = (told.added ?? []).flatMap((receipt) => (receipt.state === 'accepted' ? [receipt.n] : []))
  const expected = [...furnished.numbers, ...added].filter((n) => !told.ended?.includes(n)).sort()
  const left = await furnished.rest(port)
  if (JSON.stringify(left) !== JSON.stringify(expected)) {
    const lost = expected.filter((n) => !left.includes(n)).length
    return `${verb}: ${refusal ? 'refused' : 'done'}, and of ${expected.length} tasks ${lost} were lost, ${left.length} left`
  }
  return undefined
}

describe('no verb changes anything halfway, and no task is lost, when a key is of a wrong type:', () => {
  beforeEach(async () => {
    // What earlier queues left makes each look for keys longer.
    await lab.redis.flushdb()
    furnished = await FurnishedQueue.create(lab)
  })

  it('the queue of these tests has something in every key', () => {
    const used = PARTS.filter((part) => !/:[08]$/.test(part))
    expect(furnished.parts.sort()).toEqual(expect.arrayContaining(used))
  })

  it('with all keys in order every verb does its work', async () => {
    for (const verb of Object.keys(VERBS)) {
      const port = await furnished.copy(lab)
      await VERBS[verb]!(port)
    }
  })

  it.each(OUTCOME_KEYS)('%s', async (part) => {
    furnished = await FurnishedQueue.create(lab, { outcomes: true })
    expect(furnished.parts).toContain(part)
    const complaints = await Promise.all(Object.keys(VERBS).map((verb) => complaint(verb, part)))
    expect(complaints.filter((found) => found !== undefined)).toEqual([])
  })

  // Each on a queue of its own, so they need not wait for each other.
  it.each(PARTS)('%s', async (part) => {
    const complaints = await Promise.all(Object.keys(VERBS).map((verb) => complaint(verb, part)))
    expect(complaints.filter((found) => found !== undefined)).toEqual([])
  })
})
