// Half-done scripts: a script that meets a key of a wrong type after its first write leaves something half done.
import type { GroupDriver } from '@mq/core'
import { MqError } from '@mq/core'
import { beforeEach, describe, expect, it } from 'vitest'
import { groupKeysFor } from '../../src/script.ts'
import { groupTurnScript } from '../../src/scripts/group/group-turn.ts'
import { dump } from '../lab/dump.ts'
import { FurnishedGroup, KEPT, key } from '../lab/furnished-group.ts'
import { Lab } from '../lab/lab.ts'
import { WorkerLane } from '../lab/worker-lane.ts'

const lab = await Lab.start()
let furnished: FurnishedGroup

/** What must not come again, or comes in addition, if the call succeeded. */
interface Told {
  readonly ended?: readonly string[]
  readonly added?: readonly string[]
}

const VERBS: Record<string, (group: GroupDriver, name: string) => Promise<Told>> = {
  async publish(_, name) {
    const { n } = await furnished.storage.channel(name).publish(['a', 'b'], KEPT)
    return { added: [String(n - 1), String(n)] }
  },
  async settle(group) {
    await new WorkerLane(group).settle(...furnished.settlements())
    return { ended: [furnished.held[0]!.n, furnished.held[2]!.n] }
  },
  async claim(group) {
    await new WorkerLane(group).claim(100, { awaitWork: true })
    return {}
  },
  async 'claim one'(group) {
    await new WorkerLane(group).claim(1, { awaitWork: true, maxBytes: 1 })
    return {}
  },
  async 'settle and claim'(group) {
    await new WorkerLane(group).turn({ settlements: furnished.settlements(), want: 100, awaitWork: true })
    return { ended: [furnished.held[0]!.n, furnished.held[2]!.n] }
  },
  async 'end a lane'(group) {
    await new WorkerLane(group).turn({ last: true })
    return {}
  },
  async extend(group) {
    await group.extend(
      furnished.held.map(({ lease }) => lease),
      30_000,
    )
    return {}
  },
  async note(group) {
    await group.note(furnished.held.map(({ lease }) => ({ lease, kind: 'memo', body: '{}' })))
    return {}
  },
  async stats(group) {
    await group.stats()
    return {}
  },
  async list(group) {
    await group.list({ state: 'dead', limit: 10 })
    return {}
  },
  async redrive(group) {
    const { changed } = await group.apply({ kind: 'redrive', tasks: [{ n: '2', delayMs: 0 }] })
    return changed === 1 ? { added: ['2'] } : {}
  },
  async 'redrive later'(group) {
    const { changed } = await group.apply({ kind: 'redrive', tasks: [{ n: '2', delayMs: 60_000 }] })
    return changed === 1 ? { added: ['2'] } : {}
  },
  async discard(group) {
    await group.apply({ kind: 'discard', tasks: ['2'] })
    return {}
  },
  async pause(group) {
    await group.apply({ kind: 'pause' })
    return {}
  },
  async resume(group) {
    await group.apply({ kind: 'resume' })
    return {}
  },
}

const PARTS = [...groupKeysFor(groupTurnScript, 'mq', '', 'audit'), 'mq:{}:publishers'].map((full) =>
  full.slice('mq:{}:'.length),
)

function whatIsLeft({ added = [], ended = [] }: Told): string[] {
  const left = [...furnished.open, ...added].filter((n) => !ended.includes(n))
  return left.sort((a, b) => Number(a) - Number(b))
}

/** Calls a verb while `part` is of a wrong type, repairs the key, and says what is wrong with what happened. */
async function complaint(verb: string, part: string): Promise<string | undefined> {
  const name = await furnished.copy()
  const [full, aside] = [key(name, part), `aside:${name}`]
  const isThere = (await lab.redis.exists(full)) === 1
  if (isThere) await lab.redis.rename(full, aside)
  await lab.redis.set(full, 'wrong')
  const before = await dump(lab.redis, name)
  let told: Told = {}
  let refusal: unknown
  try {
    told = await VERBS[verb]!(furnished.storage.channel(name).group('audit', { from: 'latest' }), name)
  } catch (thrown) {
    refusal = thrown
  }
  const after = await dump(lab.redis, name)
  if (refusal !== undefined) {
    if (!MqError.is(refusal, 'storage-refused')) return `${verb}: threw ${JSON.stringify(refusal)}`
    const parts = Object.keys({ ...before, ...after })
    const changed = parts.filter((each) => JSON.stringify(before[each]) !== JSON.stringify(after[each]))
    if (changed.length > 0) return `${verb}: refused, and changed ${changed.join(' ')}`
  }
  await lab.redis.del(full)
  if (isThere) await lab.redis.rename(aside, full)
  const expected = whatIsLeft(told)
  const left = await furnished.rest(name)
  if (JSON.stringify(left) === JSON.stringify(expected)) return undefined
  return `${verb}: ${refusal === undefined ? 'done' : 'refused'}; left ${left.join(' ')}, and not ${expected.join(' ')}`
}

describe('no verb changes anything halfway, and no message is lost, when a key is of a wrong type:', () => {
  beforeEach(async () => {
    furnished = await FurnishedGroup.create(lab)
  })

  it('the group of these tests has something in every key', async () => {
    expect((await furnished.parts()).sort()).toEqual(
      expect.arrayContaining(PARTS.filter((part) => part !== 'group.audit:lanes')),
    )
  })

  it('with all keys in order every verb does its work', async () => {
    for (const verb of Object.keys(VERBS)) {
      const name = await furnished.copy()
      const told = await VERBS[verb]!(furnished.storage.channel(name).group('audit', { from: 'latest' }), name)
      const expected = whatIsLeft(told)
      expect([verb, await furnished.rest(name)]).toEqual([verb, expected])
    }
  })

  it.each(PARTS)('%s', async (part) => {
    const complaints: string[] = []
    for (const verb of Object.keys(VERBS)) {
      const found = await complaint(verb, part)
      if (found !== undefined) complaints.push(found)
    }
    expect(complaints).toEqual([])
  })

  it('and what is removed or sent elsewhere is so whatever its keys are', async () => {
    for (const part of PARTS.filter(
      (each) => each.startsWith('group.audit:') && !each.endsWith(':meta') && !each.endsWith(':idle'),
    )) {
      const name = await furnished.copy()
      await lab.redis.set(key(name, part), 'wrong')
      const group = furnished.storage.channel(name).group('audit', { from: 'latest' })
      expect([part, await group.apply({ kind: 'remove' })]).toEqual([part, { changed: 1 }])
      expect((await furnished.parts(name)).filter((each) => each.startsWith('group.audit'))).toEqual([])
    }
  })
})
