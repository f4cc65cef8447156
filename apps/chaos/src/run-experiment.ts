import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Expectations } from './checker/expectations.ts'
import { ANY_REASON, USUAL } from './checker/expectations.ts'
import type { Verdict } from './checker/verdict.ts'
import type { Violation } from './checker/violation.ts'
import type { Contender } from './contenders/contender.ts'
import { Crew } from './crew/crew.ts'
import { USUAL_CREW } from './crew/crew-plan.ts'
import type { CrewPlan } from './crew/crew-plan.ts'
import { disband } from './crew/disband.ts'
import { readEndState } from './end-state-process.ts'
import { expectedOf } from './experiments/experiment.ts'
import type { Experiment, Size } from './experiments/experiment.ts'
import { ClientClocks } from './faults/client-clocks.ts'
import { FaultProxy } from '@mq/redis-server/proxy'
import { preloadImpossible } from './faults/preload.ts'
import { WallClock } from './faults/wall-clock.ts'
import { HARNESS } from './history/event.ts'
import { createRecorder } from './history/recorder.ts'
import { judgeApart } from './judge-process.ts'
import { watchStalls } from './programs/watch-stalls.ts'
import type { Programs } from './programs/programs.ts'
import { setScene } from './scene.ts'
import { createDice, seedOf } from './seeded.ts'
import { CLOCK_SHIM, startStorage } from './storage.ts'

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
  const { server, cluster, proxied, watched } = storage
  const dice = createDice(seedOf(seed, experiment.name))
  const plan = planFor(contender, { ...USUAL_CREW, ...experiment.crew?.(size) })
  const recorder = createRecorder(join(histories, `${HARNESS}.jsonl`), HARNESS, programs.now)
  const stalls = watchStalls(recorder, plan.leaseMs)
  const broken: Violation[] = []
  try {
    await using proxy = await FaultProxy.start(server.port, () => dice.next())
    const { partitions } = experiment
    const place = { ...(experiment.proxied ? { url: proxy.url } : storage.place), partitions }
    await using crew = new Crew(plan, {
      program: programs.main,
      directory: histories,
      place,
      contender: contender.name,
      seed,
      clocks,
    })
    const { leaseMs, groups } = plan
    await using scene = setScene({
      server,
      cluster,
      proxied,
      watched,
      place: storage.place,
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
    const state = await (contender.endState?.(storage.place) ?? readEndState(programs, storage.urls))
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

/** A peer that has no channels has the queue alone. */
function planFor({ connectTopic }: Contender, plan: CrewPlan): CrewPlan {
  return connectTopic ? plan : { ...plan, publishers: 0, subscribers: 0, groups: [] }
}

/**
 * A peer awaits no replicas, is not asked whether it is ready, has a limit of its own, and words of its own for why it
 * gave a task up.
 */
function forPeer(expected: Expectations, { crashLimit = expected.crashLimit }: Contender): Expectations {
  const buried = new Map([...(expected.buried?.keys() ?? [])].map((task) => [task, ANY_REASON]))
  return { ...expected, crashLimit, buried, groups: undefined, healthWithinMs: undefined, replicated: undefined }
}
