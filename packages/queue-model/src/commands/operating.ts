import assert from 'node:assert/strict'
import type { DeadTask } from '@mq/core'
import * as fc from 'fast-check'
import { commandsOf } from '../command.ts'
import type { WeightedCommands } from '../command.ts'
import { look } from '../compare.ts'
import { idKnown, isAbout, isLetterOf } from '../model-task.ts'
import type { ModelTask } from '../model-task.ts'
import { noDelayOrSome, participant, payload, pick, pickTask } from '../picks.ts'
import type { QueueModel } from '../queue-model.ts'
import type { World } from '../world.ts'

const isAlive = ({ place }: ModelTask): boolean => place !== 'ended'
const isWaiting = ({ place }: ModelTask): boolean => place === 'waiting'
const isPending = ({ place }: ModelTask): boolean => place === 'waiting' || place === 'delayed'
const isDead = ({ end }: ModelTask): boolean => end?.outcome.state === 'dead' && end.isKept
/**
 * The id of a dead letter may identify another task, which replaced it; `isRefused` decides where that may have been
 * forgotten.
 */
function isIdTaken(queue: QueueModel, task: ModelTask, isRefused: boolean): boolean {
  const owner = queue.ids.get(task.id ?? '') ?? task
  return owner !== task && (idKnown(owner, queue.now) === 'yes' || isRefused)
}

const hasTasks = (_: unknown, { queue }: Readonly<World>): boolean => queue.tasks.size > 0
const picks = fc.array(pick, { minLength: 1, maxLength: 3 })

const cancel = commandsOf({
  name: 'cancel',
  args: fc.record({ by: participant, pick, byId: fc.boolean() }),
  applies: hasTasks,
  async run({ by, pick, byId }, { queue, ledger }, { drivers }) {
    const task = pickTask(queue, pick, isAlive)
    const ref = byId && task.id !== undefined ? { id: task.id } : { n: task.n }
    const meant = 'id' in ref ? queue.ids.get(ref.id)! : task
    const { changed } = await drivers[by]!.apply({ kind: 'cancel', task: ref, reason: 'no | more' })
    assert.equal(changed, isAlive(meant) ? 1 : 0)
    if (isAlive(meant)) queue.end(meant, { state: 'cancelled', body: 'no | more', reason: undefined })
    ledger.over += changed
  },
})

const change = commandsOf({
  name: 'change',
  args: fc.record({
    by: participant,
    pick,
    byId: fc.boolean(),
    delayMs: fc.option(noDelayOrSome, { nil: undefined }),
    level: fc.option(fc.constantFrom(4, 9, 0, 5), { nil: undefined }),
    payload: fc.option(payload, { nil: undefined }),
  }),
  applies: hasTasks,
  async run({ by, pick, byId, ...change }, { queue }, { drivers }) {
    const task = pickTask(queue, pick, isPending)
    const ref = byId && task.id !== undefined ? { id: task.id } : { n: task.n }
    const meant = 'id' in ref ? queue.ids.get(ref.id)! : task
    const { changed } = await drivers[by]!.apply({ kind: 'change', task: ref, ...change })
    assert.equal(changed, queue.change(meant, change) ? 1 : 0)
  },
})

const setPaused = commandsOf({
  name: 'set paused',
  args: fc.record({ by: participant, paused: fc.constantFrom(true, false, false) }),
  async run({ by, paused }, { queue }, { drivers }) {
    const { changed } = await drivers[by]!.apply({ kind: paused ? 'pause' : 'resume' })
    assert.equal(changed, queue.paused === paused ? 0 : 1)
    queue.paused = paused
  },
})

const redrive = commandsOf({
  name: 'redrive',
  args: fc.record({
    by: participant,
    picks,
    delayMs: noDelayOrSome,
    payload: fc.option(payload, { nil: undefined }),
  }),
  applies: hasTasks,
  async run({ by, picks, ...rest }, { queue, ledger }, { drivers }) {
    const chosen = picks.map((choice) => pickTask(queue, choice, isDead))
    const tasks = chosen.map(({ n }) => ({ n, ...rest }))
    const { changed, refused } = await drivers[by]!.apply({ kind: 'redrive', tasks })
    const expected = chosen.flatMap((task, i) => {
      if (!isDead(task) || isIdTaken(queue, task, refused?.includes(i) === true)) return [i]
      queue.redrive(task, tasks[i]!)
      return []
    })
    assert.deepEqual([changed, refused], [tasks.length - expected.length, expected])
    ledger.redriven += changed
  },
})

const discard = commandsOf({
  name: 'discard',
  args: fc.record({ by: participant, picks }),
  applies: hasTasks,
  async run({ by, picks }, { queue, ledger }, { drivers }) {
    const tasks = picks.map((choice) => pickTask(queue, choice, isDead))
    const { changed } = await drivers[by]!.apply({ kind: 'discard', tasks: tasks.map(({ n }) => n) })
    const letters = new Set(tasks.filter(isDead))
    assert.equal(changed, letters.size)
    for (const { end } of letters) end!.isKept = false
    ledger.discarded += changed
  },
})

const purge = commandsOf({
  name: 'purge',
  args: fc.record({
    by: participant,
    state: fc.constantFrom('waiting', 'delayed'),
    limit: fc.constantFrom(1, 2, 1_000),
  }),
  async run({ by, state, limit }, world, real) {
    const { queue, ledger } = world
    const { changed, more } = await real.drivers[by]!.apply({ kind: 'purge', state, reason: 'tidy', limit })
    assert.equal(changed, Math.min(limit, queue.those(state).length))
    queue.endLowest(state, changed, { state: 'cancelled', body: 'tidy', reason: undefined }, await look(world, real))
    // There *may* be more.
    assert.ok(more || queue.those(state).length === 0, 'there are more')
    ledger.over += changed
  },
})

const list = commandsOf({
  name: 'list',
  args: fc.record({ by: participant, limit: fc.constantFrom(1, 2, 1_000) }),
  async run({ by, limit }, { queue }, { drivers }) {
    const letters: DeadTask[] = []
    for (let page: readonly DeadTask[] = [], after: DeadTask | undefined; ; after = page.at(-1)) {
      page = await drivers[by]!.list({ state: 'dead', limit, after })
      letters.push(...page)
      assert.ok(page.length <= limit && letters.length <= queue.dead().length, 'too many letters')
      if (page.length === 0) break
    }
    for (const letter of letters) {
      assert.ok(isLetterOf(queue.tasks.get(letter.n)!, letter), `the letter ${JSON.stringify(letter)} is another`)
    }
    const ends = letters.map(({ n }) => queue.tasks.get(n)!.end!.at)
    assert.deepEqual(
      ends,
      [...ends].sort((a, b) => b - a),
      'the newest come first',
    )
    assert.deepEqual(
      letters.map(({ n }) => n).sort(),
      queue
        .dead()
        .map(({ n }) => n)
        .sort(),
    )
  },
})

const page = commandsOf({
  name: 'page',
  args: fc.record({
    by: participant,
    state: fc.constantFrom('waiting', 'delayed', 'running'),
    limit: fc.constantFrom(1, 2, 1_000),
  }),
  async run({ by, state, limit }, world, real) {
    const seen = await look(world, real)
    const found: string[] = []
    let after: string | undefined
    do {
      const { tasks, next } = await real.drivers[by]!.page({ state, limit, after })
      found.push(...tasks.map(({ n }) => n))
      assert.ok(tasks.length <= limit && found.length <= world.queue.tasks.size, 'too many tasks')
      after = next
    } while (after !== undefined)
    const expected = [...seen].flatMap(([n, reading]) => (reading.state === state ? [n] : []))
    assert.deepEqual(found.sort(), expected.sort())
  },
})

const inspect = commandsOf({
  name: 'inspect',
  args: fc.record({ by: participant, pick }),
  applies: hasTasks,
  async run({ by, pick }, { queue }, real) {
    const task = pickTask(queue, pick, isWaiting)
    const facts = await real.drivers[by]!.inspect({ n: task.n })
    assert.equal(facts.paused, queue.paused)
    const heldAt = (time: number): number => queue.those('leased').filter(({ at }) => at > time).length
    const [least, most] = [heldAt(queue.now + real.slackMs), heldAt(queue.now)]
    assert.ok(facts.running >= least && facts.running <= most, `${facts.running} run, not ${least} to ${most}`)
    if (!isAlive(task)) return
    const { failures, crashes, level } = task
    assert.deepEqual([facts.failures, facts.crashes, facts.level], [failures, crashes, level])
    if (isWaiting(task)) {
      const others = queue.those('waiting').filter((other) => other !== task && other.key === task.key)
      const before = others.filter((other) => other.level > level || (other.level === level && other.rank < task.rank))
      // Cancelled ones may be counted until they are skipped.
      assert.ok(facts.ahead !== undefined && facts.ahead >= before.length, `${facts.ahead} ahead, not ${before.length}`)
    }
    const leaseEndsInMs = facts.leaseEndsInMs ?? 0
    const isRight =
      task.place !== 'leased' || leaseEndsInMs < 0 || isAbout(leaseEndsInMs, task.at - queue.now, real.slackMs)
    assert.ok(isRight, `the lease ends in ${facts.leaseEndsInMs}`)
  },
})

/** What operators ask of a queue and change in it. */
export const operating: readonly WeightedCommands[] = [
  { weight: 2, arbitrary: redrive },
  { weight: 3, arbitrary: change },
  ...[cancel, setPaused, discard, purge, list, page, inspect].map((arbitrary) => ({ weight: 1, arbitrary })),
]
