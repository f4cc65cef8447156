import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster, startRedis } from '@mq/redis-server'
import type { RedisCluster, RedisServer } from '@mq/redis-server'
import type { Expectations } from './checker/expectations.ts'
import { ANY_REASON, USUAL } from './checker/expectations.ts'
import type { Verdict } from './checker/verdict.ts'
import type { Violation } from './checker/violation.ts'
import { LOG, QUEUE } from './contenders/contender.ts'
import type { Contender } from './contenders/contender.ts'
import { Crew } from './crew/crew.ts'
import { USUAL_CREW } from './crew/crew-plan.ts'
import { disband } from './crew/disband.ts'
import { readEndState } from './end-state-process.ts'
import { expectedOf } from './experiments/experiment.ts'
import type { Experiment, Size } from './experiments/experiment.ts'
import { ClientClocks } from './faults/client-clocks.ts'
import { FaultProxy } from '@mq/redis-server/proxy'
import { preloadImpossible, preloadedRedis } from './faults/preload.ts'
import { WallClock } from './faults/wall-clock.ts'
import { HARNESS } from './history/event.ts'
import { createRecorder } from './history/recorder.ts'
import { judgeApart } from './judge-process.ts'
import { watchStalls } from './programs/watch-stalls.ts'
import type { Programs } from './programs/programs.ts'
import { setScene } from './scene.ts'
import { createDice, seedOf } from './seeded.ts'

export interface RunOrder {
  readonly experiment: Experiment
  readonly contender: Contender
  readonly seed: number
  readonly size: Size
}

/** One experiment, once. */
export interface Run extends RunOrder {
  readonly verdict: Verdict
  readonly tookMs: number
  /** Where the history is, when it was kept. */
  readonly directory: string | undefined
}

export interface Skip {
  readonly experiment: Experiment
  readonly reason: string
}

const CLOCK_SHIM = 'clock-step.c'
/** A busy machine keeps a node waiting for less. */
const NODE_TIMEOUT_MS = 4_000
/** The other masters go on. */
const PARTLY = ['--cluster-require-full-coverage', 'no']

/** Why this machine cannot run the experiment, if it cannot. */
export async function impossible(experiment: Experiment, { platform }: Programs): Promise<string | undefined> {
  const { losesPower, stepsClock, stepsClients } = experiment
  return losesPower || stepsClock || stepsClients ? preloadImpossible(platform) : undefined
}

export async function runExperiment(order: RunOrder, programs: Programs): Promise<Run> {
  const { experiment, contender, seed, size } = order
  const begin = performance.now()
  const directory = await mkdtemp(join(tmpdir(), `mq-chaos-${experiment.name}-`))
  const histories = join(directory, 'history')
  await mkdir(histories)
  const clock = experiment.stepsClock ? new WallClock(join(directory, 'clock-step')) : undefined
  const clocks = experiment.stepsClients
    ? await ClientClocks.in(directory, join(programs.shims, CLOCK_SHIM), programs.execPath)
    : undefined
  const storage = await startStorage(experiment, directory, programs, clock)
  const { server, cluster } = storage
  const dice = createDice(seedOf(seed, experiment.name))
  const plan = { ...USUAL_CREW, ...experiment.crew?.(size) }
  const recorder = createRecorder(join(histories, `${HARNESS}.jsonl`), HARNESS, programs.now)
  const stalls = watchStalls(recorder, plan.leaseMs)
  const broken: Violation[] = []
  try {
    await using proxy = await FaultProxy.start(server.port, () => dice.next())
    const url = experiment.proxied ? proxy.url : storage.url
    await using crew = new Crew(plan, {
      program: programs.main,
      directory: histories,
      url,
      contender: contender.name,
      seed,
      clocks,
    })
    const { leaseMs, groups } = plan
    await using scene = setScene({
      server,
      cluster,
      url: storage.url,
      clock,
      clocks,
      proxy,
      crew,
      dice,
      size,
      leaseMs,
      recorder,
      contender,
      groups,
      flows: plan.flowProducers > 0,
    })
    try {
      await experiment.before?.(scene)
      await crew.assemble()
      crew.begin(experiment.workersLater ? crew.producers : crew.hands)
      await experiment.run(scene)
    } catch (error) {
      broken.push({ invariant: 'I10', what: `the experiment did not come to its end: ${(error as Error).message}` })
    }
    broken.push(...(await disband(scene)))
    const state = await (contender.endState?.(storage.url) ?? readEndState(programs, storage.urls))
    const expected: Expectations = {
      ...USUAL,
      leaseMs: plan.leaseMs,
      attempts: plan.worker.attempts,
      groupAttempts: plan.member.attempts,
      ...expectedOf(experiment, size),
    }
    const judged = contender.endState ? forPeer(expected, contender) : expected
    const { violations, figures } = await judgeApart(programs, { directory: histories, state, expected: judged })
    const verdict = { figures, violations: [...broken, ...violations] }
    const keep = programs.keep || (verdict.violations.length > 0 && contender.name === 'mq')
    if (!keep) await rm(directory, { recursive: true })
    return { ...order, verdict, tookMs: performance.now() - begin, directory: keep ? directory : undefined }
  } finally {
    stalls.stop()
    recorder.close()
    await storage.stop()
  }
}

interface Storage {
  /** Where the queue is. */
  readonly server: RedisServer
  readonly cluster?: RedisCluster | undefined
  /** By which programs reach it. */
  readonly url: string
  /** Where all of it is stored. */
  readonly urls: readonly string[]
  stop(): Promise<void>
}

async function startStorage(
  { fsync, losesPower, clustered, args = [] }: Experiment,
  directory: string,
  { shims }: Programs,
  clock: WallClock | undefined,
): Promise<Storage> {
  if (clustered) return startClustered()
  const shim = (name: string, variables?: Record<string, string>) =>
    preloadedRedis(join(shims, name), directory, variables)
  const server = await startRedis({
    args: [...(fsync ? ['--appendonly', 'yes', '--appendfsync', fsync] : []), ...args],
    binary: losesPower ? await shim('power-loss.c') : clock && (await shim(CLOCK_SHIM, { CLOCK_STEP: clock.file })),
  })
  return { server, url: server.url, urls: [server.url], stop: () => server.stop() }
}

async function startClustered(): Promise<Storage> {
  const cluster = await startCluster({ replicas: 1, nodeTimeoutMs: NODE_TIMEOUT_MS, args: PARTLY })
  const struck = await Promise.all([QUEUE, LOG].map((name) => cluster.ownerOf(name)))
  const spared = cluster.masters.findIndex((_, i) => !struck.includes(i))
  const { url } = cluster.masters[spared]!
  return { server: cluster.masters[struck[0]!]!, cluster, url, urls: cluster.urls, stop: () => cluster.stop() }
}

/** A peer is not asked whether it is ready, has a limit of its own, and words of its own for why it gave a task up. */
function forPeer(expected: Expectations, { crashLimit = expected.crashLimit }: Contender): Expectations {
  const buried = new Map([...(expected.buried?.keys() ?? [])].map((task) => [task, ANY_REASON]))
  return { ...expected, crashLimit, buried, healthWithinMs: undefined }
}
