import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleProgram } from '../../../bundle-program.ts'
import { ALL_CONTENDERS, findContender } from '../src/contenders/all.ts'
import { measure } from '../src/measure.ts'
import { SCENARIOS } from '../src/scenarios/all.ts'
import { countOf } from '../src/scenarios/scenario.ts'
import { findServer } from '../src/servers/all.ts'
import type { RunningServer, ServerName } from '../src/servers/server.ts'

const COUNT = 200
/** The rest does the same with more tasks, or for longer. */
const SHOWN: readonly string[] = ['process-100']
const FETCHED_WITHIN_MS = 240_000
/** Of Redis' own those that are no libraries of Node's. */
const NAMES: readonly ServerName[] = ['redis', 'postgres', 'rabbitmq', 'nats', 'beanstalkd']

const alive = (pid: number): Promise<boolean> =>
  promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).then(
    ({ stdout }) => !stdout.startsWith('Z'),
    () => false,
  )

/** The servers and libraries are some hundred MB of Debian's packages, from its mirrors. */
const IS_ASKED_FOR = process.env['MQ_TEST_SERVERS'] === '1'

it.skipIf(IS_ASKED_FOR)('servers of others are fetched and measured only with MQ_TEST_SERVERS=1', (context) => {
  context.skip('MQ_TEST_SERVERS is not 1')
})

describe.runIf(IS_ASKED_FOR).each(NAMES)('%s', { timeout: 120_000 }, (name) => {
  let server: RunningServer | undefined
  let reason = ''

  // Debian's packages: elsewhere the bench leaves these out too, and says why.
  beforeAll(async () => {
    server = await findServer(name)
      .start('none')
      .catch((error: Error) => void (reason = error.message))
  }, FETCHED_WITHIN_MS)
  afterAll(() => server?.[Symbol.asyncDispose]())

  const cells = ALL_CONTENDERS.filter(({ server: of = 'redis', unavailable }) =>
    name === 'redis' ? unavailable !== undefined : of === name,
  ).flatMap((contender) =>
    SCENARIOS.filter((scenario) => SHOWN.includes(scenario.name) && countOf(scenario, contender) !== undefined).map(
      (scenario) => ({
        title: `${contender.name}: ${scenario.name}`,
        contender,
        scenario,
      }),
    ),
  )

  it.each(cells)('hands out each task once: $title', async ({ contender, scenario }) => {
    if (server === undefined) return console.log(`left out: ${reason}`)
    const missing = await contender.unavailable?.()
    if (missing !== undefined) return console.log(`left out: ${missing}`)
    const measures = await measure({ place: server.place, contender, scenario, count: COUNT })
    for (const [measured, value] of Object.entries(measures)) expect(value, measured).toBeGreaterThanOrEqual(0)
  })

  it('leaves nothing behind', async () => {
    if (server === undefined) return
    const { pid, directory } = server.place
    expect(await alive(pid!)).toBe(true)
    await server[Symbol.asyncDispose]()
    expect(await alive(pid!)).toBe(false)
    expect(existsSync(directory!)).toBe(false)
  })
})

describe.runIf(IS_ASKED_FOR)('a bench that is ended in the middle', { timeout: 120_000 }, () => {
  const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const GONE_WITHIN_MS = 15_000

  it.each(['SIGINT', 'SIGKILL'] as const)('leaves no process and no files behind: %s', async (signal) => {
    const isThere = await findServer('beanstalkd')
      .start('none')
      .then(stopped, () => false)
    if (!isThere || (await findContender('rq')!.unavailable!()) !== undefined) return console.log('left out')
    const directory = await mkdtemp(join(tmpdir(), 'mq-bench-test-'))
    const args = ['--suite', 'systems', '--contenders', 'beanstalkd,rq', '--only', 'latency', '--rounds', '50']
    const program = spawn(process.execPath, [bundleProgram(PROGRAM), ...args], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['ignore', 'ignore', 'ignore'],
    })
    // Both servers, the contenders' processes, and the Python programs of one of them with their own.
    let own: readonly Process[] = []
    while (!own.some(({ name }) => name === 'python3')) {
      await delay(20)
      own = await descendantsOf(program.pid!)
    }
    expect(own.map(({ name }) => name)).toContain('beanstalkd')
    program.kill(signal)
    const end = Date.now() + GONE_WITHIN_MS
    const left = async (): Promise<readonly Process[]> => {
      const alives = await Promise.all(own.map(({ pid }) => alive(pid)))
      return own.filter((_, i) => alives[i])
    }
    while (((await left()).length > 0 || (await readdir(directory)).length > 0) && Date.now() < end) await delay(50)
    expect(await left()).toEqual([])
    expect(await readdir(directory)).toEqual([])
    await rm(directory, { recursive: true })
  })
})

async function stopped(server: RunningServer): Promise<boolean> {
  await server[Symbol.asyncDispose]()
  return true
}

interface Process {
  readonly pid: number
  readonly name: string
}

async function descendantsOf(root: number): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,comm='])
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, name]) => ({ pid: Number(pid), parent: Number(parent), name: name! }))
  const found = all.filter(({ parent }) => parent === root)
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid)) // grows while it is walked
  return found.map(({ pid, name }) => ({ pid, name }))
}
