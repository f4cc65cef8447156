// A channel of eight partitions whose members are killed, and one whose master is.
import { defineChannel } from '@mq/core'
import type { Gap, Message } from '@mq/core'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { bundleProgram } from '../../../../bundle-program.ts'
import { ClusterLab } from '../lab/cluster-lab.ts'
import { eventually } from '../lab/eventually.ts'
import { durability, startReplicated } from '../lab/replicated-cluster.ts'

interface Step {
  readonly key: string
  readonly step: number
}

const KEYS = Array.from({ length: 12 }, (_, i) => `k${i}`)
const named = (name: string) => defineChannel<Step>({ name, history: { maxCount: 100_000 }, partitions: 8 })

/** What one member did with a message. */
interface Run extends Step {
  readonly member: Member
  readonly begin: number
  end: number | undefined
}

class Member {
  readonly child: ChildProcess
  readonly ready: Promise<void>
  killedAt: number | undefined

  constructor(url: string, channel: string, runs: Run[]) {
    const program = bundleProgram(join(import.meta.dirname, '../lab/programs/group-member.ts'))
    this.child = spawn(process.execPath, [program, JSON.stringify([url, channel])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: this.child.stdout! })
    this.ready = new Promise((resolve) => {
      lines.on('line', (line) => {
        const [what, key = '', step, at] = line.split(' ')
        if (what === 'ready') resolve()
        else if (what === 'begin')
          runs.push({ member: this, key, step: Number(step), begin: Number(at), end: undefined })
        else {
          const run = runs.findLast((each) => each.member === this && each.key === key && each.step === Number(step))
          if (run !== undefined) run.end = Number(at)
        }
      })
    })
  }

  async kill(): Promise<void> {
    const exit = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exit
    this.killedAt = performance.timeOrigin + performance.now()
  }
}

it('members that are killed: nothing is lost, and only what they had comes again, in the order of its key', async () => {
  await using lab = await ClusterLab.start()
  const url = lab.cluster.urls[0]!
  const name = lab.freshName()
  const channel = (await lab.broker()).channel(named(name))
  const runs: Run[] = []
  const members = [1, 2, 3].map(() => new Member(url, name, runs))
  try {
    await Promise.all(members.map(({ ready }) => ready))
    let isOver = false
    const counts = await (async () => {
      const producing = KEYS.map(async (key) => {
        let step = 0
        for (; !isOver; step++) {
          await channel.publish({ key, step }, { key })
          await delay(20)
        }
        return step
      })
      for (let i = 0; i < 3; i++) {
        await delay(700)
        await members[i]!.kill()
        members.push(new Member(url, name, runs))
        await members.at(-1)!.ready
      }
      await delay(500)
      isOver = true
      return Promise.all(producing)
    })()
    const total = counts.reduce((sum, count) => sum + count, 0)
    const ended = (): Set<string> =>
      new Set(runs.flatMap(({ key, step, end }) => (end === undefined ? [] : [`${key} ${step}`])))
    await eventually(() => ended().size === total, 'the end of all messages')
    await eventually(async () => (await channel.group('audit').stats()).running === 0, 'nothing that is held')

    const known = new Set<string>()
    const again = runs.filter(({ key, step }) => known.size === known.add(`${key} ${step}`).size)
    console.log(`${total} messages, ${again.length} of them again after three members were killed`)
    for (const { key, step } of again) {
      const all = runs.filter((run) => run.key === key && run.step === step)
      expect(all.slice(0, -1).every(({ member }) => member.killedAt !== undefined)).toBe(true)
    }
    for (const key of KEYS) {
      const its = runs.filter((run) => run.key === key).sort((one, other) => one.begin - other.begin)
      const firsts = new Set(its.map(({ step }) => step))
      expect([...firsts]).toEqual([...Array(firsts.size).keys()])
      for (const [i, run] of its.entries()) {
        const before = its[i - 1]
        if (before !== undefined)
          expect(before.end ?? before.member.killedAt ?? Infinity).toBeLessThanOrEqual(run.begin)
      }
    }
    expect(await channel.group('audit').stats()).toMatchObject({ unread: 0, blocked: 0, dead: 0, lost: 0 })
    expect(lab.recorder.errors).toEqual([])
  } finally {
    for (const { child, killedAt } of members) if (killedAt === undefined) child.kill('SIGKILL')
  }
}, 120_000)

it('a master that is killed: what was confirmed is there, in the order of its key, and losses are told', async () => {
  await using lab = await startReplicated({ nodeTimeoutMs: 2_000 })
  const { cluster } = lab
  const definition = named(await cluster.nameOn(0))
  const ways = { url: cluster.urls[1]!, durability }
  const producer = await lab.broker({ operationTimeoutMs: 20_000 }, ways)
  const [one, other] = [
    await lab.broker({}, { url: cluster.urls[1]! }),
    await lab.broker({}, { url: cluster.urls[1]! }),
  ]
  const done: Message<Step>[] = []
  const heard = new Set<string>()
  const gaps: Gap[] = []
  const text = ({ key, step }: Step): string => `${key} ${step}`
  await one.channel(definition).subscribe(({ payload }) => void heard.add(text(payload)), {
    onGap: (gap) => void gaps.push(gap),
  })
  for (const broker of [one, other]) {
    await broker.channel(definition).consume('audit', (message) => void done.push(message), {
      key: ({ payload }) => payload.key,
      concurrency: 5,
      leaseMs: 3_000,
    })
  }
  const confirmed = new Set<string>()
  let unknown = 0
  let isOver = false
  const producing = KEYS.map(async (key) => {
    for (let step = 0; !isOver; step++) {
      await producer
        .channel(definition)
        .publish({ key, step }, { key })
        .then(
          () => void confirmed.add(text({ key, step })),
          () => void unknown++,
        )
      await delay(10)
    }
  })
  await eventually(() => done.length > 200, 'some messages')
  await cluster.masters[0]!.kill()
  await lab.promoted(cluster.replicas[0]!)
  const before = confirmed.size
  await eventually(() => confirmed.size > before + 300, 'more of them')
  isOver = true
  await Promise.all(producing)
  const taken = (): Set<string> => new Set(done.map(({ payload }) => text(payload)))
  await eventually(() => [...confirmed].every((each) => taken().has(each)), 'all that were confirmed')
  const unheard = [...confirmed].filter((each) => !heard.has(each)).length
  console.log(
    `a master died: ${confirmed.size} confirmed, ${unknown} unknown, ${done.length - taken().size} again, ${unheard} not heard, ${gaps.length} gaps`,
  )
  if (unheard > 0) await eventually(() => gaps.length > 0, 'a gap')
  for (const key of KEYS) {
    const steps = done.flatMap(({ payload }) => (payload.key === key ? [payload.step] : []))
    const firsts = [...new Set(steps)]
    expect(firsts).toEqual(firsts.toSorted((one, other) => one - other))
  }
}, 120_000)
