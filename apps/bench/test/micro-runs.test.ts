import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@mq/core'
import { startRedis } from '@mq/redis-server'
import type { RedisServer } from '@mq/redis-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleProgram } from '../../../bundle-program.ts'
import { ALL_CONTENDERS } from '../src/contenders/all.ts'
import { mqContender } from '../src/contenders/mq.ts'
import { helperStarter } from '../src/helpers/helper.ts'
import { webRole } from '../src/helpers/web-role.ts'
import { measure } from '../src/measure.ts'
import { placeOf } from './place-of.ts'
import { SCENARIOS } from '../src/scenarios/all.ts'
import { enqueue } from '../src/scenarios/enqueue.ts'
import { memory } from '../src/scenarios/memory.ts'
import { process100 } from '../src/scenarios/process.ts'
import { countOf } from '../src/scenarios/scenario.ts'
import type { Stage } from '../src/scenarios/scenario.ts'
import type { Place } from '../src/servers/server.ts'

/** What has to be filled with more than 10,000 takes too long here. */
const DEEP = /-\d{6,}$/
/** These start processes, or hundreds of connections, for each: one contender shows that they work. */
const DEAR = /^(workers-|round-trip-|crowd$)/
/** The same library with other settings: what differs is seen by one scenario. */
const VARIANTS: readonly string[] = ['mq-keeping', 'bullmq-otherwise']
const COUNT = 120

/** The others' servers are fetched first, in servers.long.test.ts. */
const IN_REACH: readonly string[] = ['redis', 'memory']
const NOWHERE: Place = { url: 'memory:', pid: undefined, directory: undefined }

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

const scenarios = SCENARIOS.filter(({ name }) => !DEEP.test(name))
const fork = helperStarter(bundleProgram(fileURLToPath(new URL('../src/main.ts', import.meta.url))))
const web = webRole(process)
/** apps/web finds its page beside its source, so it is not bundled, and serves in this process. */
const helper: Stage['helper'] = (role) =>
  role === 'web'
    ? { ask: (message) => web(message, () => undefined), onTold: () => undefined, end: () => undefined }
    : fork(role)

describe.each(scenarios)('$name', (scenario) => {
  const contenders = ALL_CONTENDERS.filter(
    (contender) =>
      IN_REACH.includes(contender.server ?? 'redis') &&
      contender.unavailable === undefined &&
      countOf(scenario, contender) !== undefined &&
      (contender.name === 'mq' || !DEAR.test(scenario.name)) &&
      (scenario === process100 || !VARIANTS.includes(contender.name)),
  )

  it.each(contenders)('hands out each task once: $name', async (contender) => {
    const place = contender.server === 'memory' ? NOWHERE : placeOf(server)
    const measures = await measure({ place, contender, scenario, count: COUNT, helper })
    for (const [name, value] of Object.entries(measures)) {
      // So few take less memory than what Redis itself releases meanwhile.
      if (name === 'bytes') expect(value, name).not.toBeNaN()
      else expect(value, name).toBeGreaterThanOrEqual(0)
    }
    expect(Object.keys(measures).length).toBeGreaterThan(0)
  })
})

describe('what mq asks of Redis', () => {
  // No time passes for it, as on a machine that has nothing else to do: on a busy one a worker makes more and smaller turns.
  const mq = mqContender('mq', false, { ...systemClock, now: () => 0 })
  const measureMq = (scenario: (typeof SCENARIOS)[number], count: number) =>
    measure({ place: placeOf(server), contender: mq, scenario, count })

  it('is at most a tenth of a command and a hundredth of a request a task, at concurrency 100', async () => {
    const [commands, requests]: [number[], number[]] = [[], []]
    // Where another program has the processor, callers come in small groups: of five measurements the least counts.
    do {
      const adding = await measureMq(enqueue, 20_000)
      const processing = await measureMq(process100, 20_000)
      commands.push(adding['commands']! + processing['commands']!)
      requests.push(adding['requests']! + processing['requests']!)
    } while (commands.length < 5 && (Math.min(...commands) > 0.1 || Math.min(...requests) > 0.01))
    expect(Math.min(...commands)).toBeLessThanOrEqual(0.1)
    expect(Math.min(...requests)).toBeLessThanOrEqual(0.01)
  })

  it('is at most 300 bytes a waiting task', async () => {
    const { bytes } = await measureMq(memory, 200_000)
    expect(bytes).toBeGreaterThan(140)
    expect(bytes).toBeLessThanOrEqual(300)
  })
})
