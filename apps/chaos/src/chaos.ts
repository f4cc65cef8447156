import { loadContender } from './contenders/all.ts'
import type { Contender } from './contenders/contender.ts'
import type { Options } from './options.ts'
import type { Programs } from './programs/programs.ts'
import type { Run, RunOrder, Skip } from './run-experiment.ts'
import { impossible, runExperiment } from './run-experiment.ts'

export interface ChaosReport {
  readonly runs: readonly Run[]
  readonly skips: readonly Skip[]
}

/** Runs what the options ask for, a few experiments at a time. */
export async function chaos(options: Options, programs: Programs, onRun: (run: Run) => void): Promise<ChaosReport> {
  const skips: Skip[] = []
  const orders: RunOrder[] = []
  const contenders = await Promise.all(options.contenders.map(loadContender))
  for (const experiment of options.experiments) {
    const isLeftOut = options.profile.name === 'short' && !options.named
    const reason = (isLeftOut ? experiment.onlyFull : undefined) ?? (await impossible(experiment, programs))
    if (reason !== undefined) skips.push({ experiment, reason })
    else orders.push(...ordersOf(options, contenders, experiment))
  }
  const runs: Run[] = []
  const lane = async (queue: Iterable<RunOrder>): Promise<void> => {
    for (const order of queue) {
      const run = await runExperiment(order, programs)
      runs.push(run)
      onRun(run)
    }
  }
  const together = orders.filter(({ experiment }) => !experiment.alone)
  const isLong = ({ experiment }: RunOrder): number => Number(experiment.long ?? false)
  const next = together.toSorted((a, b) => isLong(b) - isLong(a)).values()
  await Promise.all(Array.from({ length: options.lanes }, () => lane(next)))
  await lane(orders.filter(({ experiment }) => experiment.alone))
  return { runs: runs.toSorted((a, b) => placeOf(orders, a) - placeOf(orders, b)), skips }
}

function ordersOf(
  { seeds, steadySeeds, profile }: Options,
  contenders: readonly Contender[],
  experiment: RunOrder['experiment'],
): RunOrder[] {
  const isOne = !experiment.clustered && !experiment.watched
  const invited = contenders.filter(
    ({ name, isForOneServer }) => name === 'mq' || (experiment.peers && (isOne || !isForOneServer)),
  )
  return invited.flatMap((contender) =>
    (experiment.steady ? steadySeeds : seeds).map((seed) => ({ experiment, contender, seed, size: profile.size })),
  )
}

function placeOf(orders: readonly RunOrder[], run: RunOrder): number {
  return orders.findIndex(
    ({ experiment, contender, seed }) =>
      experiment === run.experiment && contender === run.contender && seed === run.seed,
  )
}
