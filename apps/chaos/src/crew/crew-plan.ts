import type {
  CallerSettings,
  FlowProducerSettings,
  FlowWorkerSettings,
  MemberSettings,
  OperatorSettings,
  ProducerSettings,
  PublisherSettings,
  SchedulerSettings,
  SteadyPublisherSettings,
  WorkerSettings,
} from '../programs/settings.ts'

/** Which programs a run has, and what they do. */
export interface CrewPlan {
  readonly producers: number
  readonly workers: number
  readonly publishers: number
  readonly steadyPublishers: number
  readonly subscribers: number
  readonly operators: number
  readonly schedulers: number
  readonly flowProducers: number
  readonly flowWorkers: number
  /** Each group has one. */
  readonly groupOperators: boolean
  readonly groups: readonly string[]
  /** For each group. */
  readonly members: number
  readonly producer: Pick<
    ProducerSettings,
    | 'lanes'
    | 'pauseMs'
    | 'workMs'
    | 'padPieces'
    | 'ownIds'
    | 'again'
    | 'delayed'
    | 'failing'
    | 'mixed'
    | 'keys'
    | 'pushes'
    | 'most'
    | 'specials'
  >
  readonly worker: Pick<WorkerSettings, 'concurrency' | 'deadlineMs' | 'attempts' | 'shares' | 'receives' | 'batch'>
  readonly caller: Pick<CallerSettings, 'most' | 'probeEveryMs'>
  readonly operator: Pick<OperatorSettings, 'ordered'>
  readonly scheduler: Pick<SchedulerSettings, 'everyMs' | 'names' | 'changeEveryMs'>
  readonly flowProducer: Pick<FlowProducerSettings, 'lanes' | 'pauseMs'>
  readonly flowWorker: Pick<FlowWorkerSettings, 'concurrency' | 'deadlineMs' | 'attempts'>
  readonly publisher: Pick<
    PublisherSettings,
    'pauseMs' | 'lanes' | 'most' | 'durable' | 'groupExpiresMs' | 'failing' | 'fatal'
  >
  readonly member: Pick<
    MemberSettings,
    'concurrency' | 'attempts' | 'deadlineMs' | 'slow' | 'steps' | 'keyed' | 'batch' | 'supervised' | 'groupExpiresMs'
  >
  readonly steadyPublisher: Pick<SteadyPublisherSettings, 'everyMs' | 'bodyBytes'>
  /** Of the first subscriber. */
  readonly besideBuffer: number | undefined
  readonly leaseMs: number
}

export const USUAL_CREW: CrewPlan = {
  producers: 2,
  workers: 3,
  publishers: 0,
  steadyPublishers: 0,
  subscribers: 0,
  operators: 0,
  schedulers: 0,
  flowProducers: 0,
  flowWorkers: 0,
  groupOperators: false,
  groups: [],
  members: 2,
  producer: {
    lanes: 4,
    pauseMs: [2, 20],
    workMs: [5, 60],
    padPieces: [0, 12],
    ownIds: 0.3,
    again: 0.2,
    delayed: 0.1,
    failing: 0.03,
    mixed: 0,
    keys: 0,
    pushes: false,
    most: Number.MAX_SAFE_INTEGER,
    specials: {},
  },
  worker: { concurrency: 10, deadlineMs: 5_000, attempts: 5, shares: false, receives: false, batch: 0 },
  caller: { most: 5_000, probeEveryMs: 20 },
  operator: { ordered: false },
  scheduler: { everyMs: 100, names: Array.from({ length: 20 }, (_, i) => `s${i}`), changeEveryMs: 50 },
  flowProducer: { lanes: 3, pauseMs: [80, 250] },
  flowWorker: { concurrency: 10, deadlineMs: 5_000, attempts: 5 },
  publisher: { pauseMs: [1, 6], lanes: 1, most: Number.MAX_SAFE_INTEGER, durable: false, failing: 0, fatal: 0 },
  member: {
    concurrency: 10,
    attempts: 5,
    deadlineMs: 5_000,
    slow: 0.1,
    steps: false,
    keyed: false,
    batch: 0,
    supervised: true,
  },
  steadyPublisher: { everyMs: 5, bodyBytes: 1_024 },
  besideBuffer: undefined,
  leaseMs: 1_500,
}
