import assert from 'node:assert/strict'
import type { OnDead } from '@mq/core'
import { PARENT_FAILED } from '@mq/core/adapter'
import * as fc from 'fast-check'
import { checkProperty } from './check-property.ts'
import type { RunOptions } from './check-property.ts'
import { end, endOf, hasToRun, hasToSink, mayRun, maySink } from './flow-task.ts'
import type { FlowTask } from './flow-task.ts'
import { AGAIN_MS, FlowWorld } from './flow-world.ts'
import type { RealFlows, Stage } from './flow-world.ts'

export interface FlowTestOptions extends RunOptions {
  /** Two queues that nobody has used, for each run. */
  open(): Promise<RealFlows>
}

const STAGES: readonly Stage[] = ['taken', 'half', 'told', 'finished', 'lost']
const ON_DEAD: readonly OnDead[] = ['bury', 'run', 'cancel']
const WAYS = ['complete', 'complete', 'bury', 'expire', 'retry'] as const

const number = fc.nat({ max: 1_000 })
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('add' as const),
      a: number,
      b: number,
      c: fc.array(number, { maxLength: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('work' as const), a: number, b: number }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('chores' as const), a: number, b: number }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancel' as const), a: number }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('redrive' as const), a: number }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('go on' as const), a: number }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('repeat' as const), a: number }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('pass' as const) }) },
)
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never

/**
 * Plays random flows over two queues, where those who add tasks and those who do chores die at any step, others do the
 * same again, words come late, and queues forget what they were told; then all chores are done, and each task has to be
 * what its parents' ends make of it.
 */
export async function testFlowModel({ open, ...options }: FlowTestOptions): Promise<void> {
  const property = fc.asyncProperty(fc.array(command, { maxLength: 40, size: 'max' }), async (commands) => {
    const real = await open()
    try {
      const world = new FlowWorld(real)
      for (const each of commands) {
        await play(each, world, real)
        await judge(world, 'meanwhile')
      }
      await settle(world, real)
      await judge(world, 'in the end')
      await drain(world, real)
    } finally {
      await real.close()
    }
  })
  await checkProperty(property, options)
}

async function play(command: Command, world: FlowWorld, real: RealFlows): Promise<void> {
  const queues = [...real.queues.keys()]
  switch (command.act) {
    case 'add': {
      const { a, b, c } = command
      const parents = world.tasks.length === 0 ? [] : c.map((pick) => world.tasks[pick % world.tasks.length]!)
      const task = await world.add(queues[a % queues.length]!, [...new Set(parents)], ON_DEAD[b % ON_DEAD.length]!)
      return world.link(task, STAGES[(a + b) % STAGES.length]!)
    }
    case 'work':
      await world.work(queues[command.a % queues.length]!, WAYS[command.b % WAYS.length]!)
      return
    case 'chores':
      await world.doChores(queues[command.a % queues.length]!, 1 + (command.b % 5), STAGES[command.b % STAGES.length]!)
      return
    case 'cancel':
      if (world.tasks.length > 0) await world.cancel(world.tasks[command.a % world.tasks.length]!)
      return
    case 'redrive': {
      const dead = world.tasks.filter((task) => endOf(task) === 'dead')
      if (dead.length > 0) await world.redrive(dead[command.a % dead.length]!)
      return
    }
    case 'go on':
      return world.goOn(command.a)
    case 'repeat':
      return world.repeat(command.a)
    case 'pass':
      return real.pass(AGAIN_MS + 1)
  }
}

/** All chores are done, also those that somebody took over and did not finish. */
async function settle(world: FlowWorld, real: RealFlows): Promise<void> {
  // A chain of tasks that end with each other takes a round for each.
  for (let rounds = 0; rounds < 200; rounds++) {
    await real.pass(AGAIN_MS + 1)
    let done = 0
    for (const queue of real.queues.keys()) done += await world.doChores(queue, 1_000, 'finished')
    await judge(world, 'meanwhile')
    if (done === 0) return
  }
  throw new Error('there are always chores left')
}

/** What is found is what parents' ends permit; in the end it is what they demand. */
async function judge(world: FlowWorld, when: 'meanwhile' | 'in the end'): Promise<void> {
  for (const task of world.tasks) {
    const [reading] = await world.driver(task.queue).read([{ n: task.n }])
    const is = `${task.n} of ${task.queue} is ${JSON.stringify(reading)}, with ${show(task)}, ${when}`
    const isBlocked = reading!.state === 'delayed' && reading!.blocked === true
    if (reading!.state === 'ended') {
      if (task.lives) {
        const { state } = reading!.outcome
        const reason = state === 'dead' ? reading!.outcome.reason : reading!.outcome.body
        assert.ok(maySink(task) && reason === PARENT_FAILED, is)
        assert.equal(state, task.onDead === 'bury' ? 'dead' : 'cancelled', is)
        end(task, state)
      }
      assert.equal(reading!.outcome.state, endOf(task), is)
    } else {
      assert.ok(task.lives, is)
      if (!isBlocked) assert.ok(mayRun(task), is)
      // It may have heard of an earlier end that let it run.
      if (when === 'in the end' && hasToSink(task)) assert.ok(!isBlocked && mayRun(task), is)
      if (when === 'in the end' && hasToRun(task)) assert.ok(!isBlocked, is)
    }
  }
}

/** Whatever runs is done, and with it all that waits for it: then nothing is left. */
async function drain(world: FlowWorld, real: RealFlows): Promise<void> {
  for (let isMore = true; isMore;) {
    isMore = false
    for (const queue of real.queues.keys()) while (await world.work(queue, 'complete')) isMore = true
    await settle(world, real)
  }
  await judge(world, 'in the end')
  for (const task of world.tasks) assert.ok(!task.lives, `${task.n} never ended, with ${show(task)}`)
}

function show({ onDead, parents }: FlowTask): string {
  return `${onDead}: ${parents.map(({ n, ends, lives }) => `${n} ${ends.join(' ')}${lives ? ' open' : ''}`).join(', ') || 'no parents'}`
}
