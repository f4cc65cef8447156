import { join } from 'node:path'
import type { ClientClocks } from '../faults/client-clocks.ts'
import type {
  CallerSettings,
  GroupOperatorSettings,
  MemberSettings,
  OperatorSettings,
  Order,
  ProducerSettings,
  ProgramSettings,
  PublisherSettings,
  SchedulerSettings,
  SteadyPublisherSettings,
  SubscriberSettings,
  WorkerSettings,
} from '../programs/settings.ts'
import { seedOf } from '../seeded.ts'
import { Hand } from './hand.ts'

/** Which programs a run has, and what they do. */
export interface CrewPlan {
  readonly producers: number
  readonly workers: number
  readonly publishers: number
  readonly steadyPublishers: number
  readonly subscribers: number
  readonly operators: number
  readonly schedulers: number
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
  readonly publisher: Pick<
    PublisherSettings,
    'pauseMs' | 'lanes' | 'most' | 'durable' | 'groupExpiresMs' | 'failing' | 'fatal'
  >
  readonly member: Pick<
    MemberSettings,
    'concurrency' | 'attempts' | 'deadlineMs' | 'slow' | 'steps' | 'supervised' | 'groupExpiresMs'
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
  publisher: { pauseMs: [1, 6], lanes: 1, most: Number.MAX_SAFE_INTEGER, durable: false, failing: 0, fatal: 0 },
  member: { concurrency: 10, attempts: 5, deadlineMs: 5_000, slow: 0.1, steps: false, supervised: true },
  steadyPublisher: { everyMs: 5, bodyBytes: 1_024 },
  besideBuffer: undefined,
  leaseMs: 1_500,
}

/** Those that make work, and are asked to stop; the others are terminated. */
const LOAD: ReadonlySet<Hand['role']> = new Set([
  'producer',
  'publisher',
  'steady-publisher',
  'operator',
  'group-operator',
  'caller',
])

/** This many tasks have numbers that begin with the same producer. */
export const TASKS_PER_PRODUCER = 1_000_000

export interface CrewPlace {
  readonly program: string
  readonly directory: string
  readonly url: string
  readonly contender: string
  readonly seed: number
  /** Where each program has a wall clock of its own. */
  readonly clocks: ClientClocks | undefined
}

/** The programs of a run. */
export class Crew implements AsyncDisposable {
  readonly #plan: CrewPlan
  readonly #place: CrewPlace
  readonly hands: Hand[] = []
  readonly #groupOf = new Map<Hand, string>()
  #made = 0
  #producers = 0

  constructor(plan: CrewPlan, place: CrewPlace) {
    this.#plan = plan
    this.#place = place
  }

  get producers(): Hand[] {
    return this.hands.filter(({ role, alive }) => alive && LOAD.has(role))
  }

  get workers(): Hand[] {
    return this.hands.filter(({ role, alive }) => alive && !LOAD.has(role))
  }

  /** Done by all that ever worked. */
  get count(): number {
    return this.hands.reduce((sum, hand) => sum + hand.count, 0)
  }

  /** All processes are there and wait for their beginning. */
  async assemble(): Promise<void> {
    const {
      producers,
      workers,
      publishers,
      steadyPublishers,
      subscribers,
      operators,
      schedulers,
      groupOperators,
      groups,
      members,
    } = this.#plan
    for (let i = 0; i < producers; i++) this.addProducer()
    for (let i = 0; i < workers; i++) this.addWorker()
    for (let i = 0; i < publishers; i++) this.#add('publisher', { role: 'publisher', ...this.#plan.publisher })
    for (let i = 0; i < steadyPublishers; i++) this.#addSteadyPublisher()
    for (let i = 0; i < subscribers; i++) this.#addSubscriber(i)
    for (let i = 0; i < operators; i++) this.#add('operator', { role: 'operator', ...this.#plan.operator })
    for (let i = 0; i < schedulers; i++) this.addScheduler()
    for (const group of groups) for (let i = 0; i < members; i++) this.addMember(group)
    for (const group of groupOperators ? groups : []) this.#add('operator', { role: 'group-operator', group })
    await Promise.all(this.hands.map((hand) => hand.ready()))
  }

  begin(hands: readonly Hand[] = this.hands): void {
    for (const hand of hands) hand.order('begin')
  }

  addWorker(more: Partial<Pick<WorkerSettings, 'leaseMs' | 'url'>> = {}): Hand {
    return this.#add('worker', { role: 'worker', ...this.#plan.worker, ...more })
  }

  /** One more; its load need not be like that of the others. */
  addProducer(more: Partial<CrewPlan['producer']> = {}): Hand {
    const firstTask = ++this.#producers * TASKS_PER_PRODUCER
    return this.#add('producer', { role: 'producer', firstTask, ...this.#plan.producer, ...more })
  }

  /** Other producers have other numbers. */
  addCaller(more: Partial<Pick<CallerSettings, 'url'>> = {}): Hand {
    const firstTask = ++this.#producers * TASKS_PER_PRODUCER
    return this.#add('caller', { role: 'caller', firstTask, ...this.#plan.caller, ...more })
  }

  addScheduler(): Hand {
    return this.#add('scheduler', { role: 'scheduler', ...this.#plan.scheduler })
  }

  /** A worker in the place of one that is gone, at work. */
  async replace(): Promise<Hand> {
    return this.join(this.addWorker())
  }

  /** Begins beside the others. `first`: what it hears before that. */
  async join(hand: Hand, ...first: readonly Order[]): Promise<Hand> {
    await hand.ready()
    for (const order of [...first, 'begin'] as const) hand.order(order)
    return hand
  }

  /** Another member of the group of one that is gone. */
  async replaceMember(member: Hand): Promise<void> {
    const group = this.#groupOf.get(member)!
    await this.addMember(group).ready()
  }

  addMember(group: string, more: Partial<Pick<MemberSettings, 'url'>> = {}): Hand {
    const hand = this.#add('member', { role: 'member', group, ...this.#plan.member, ...more })
    this.#groupOf.set(hand, group)
    return hand
  }

  #addSteadyPublisher(): void {
    this.#add('publisher', { role: 'steady-publisher', ...this.#plan.steadyPublisher })
  }

  #addSubscriber(index: number): void {
    const besideBuffer = index === 0 ? this.#plan.besideBuffer : undefined
    this.#add('subscriber', { role: 'subscriber', besideBuffer })
  }

  #add(name: string, own: Own): Hand {
    const proc = `${name}-${++this.#made}`
    const { program, directory, url, contender, seed, clocks } = this.#place
    const file = join(directory, `${proc}.jsonl`)
    const common = { proc, file, url, contender, seed: seedOf(seed, proc), leaseMs: this.#plan.leaseMs }
    const hand = new Hand(program, { ...common, ...own } as ProgramSettings, clocks?.programFor(proc))
    this.hands.push(hand)
    return hand
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hands.map((hand) => hand.kill()))
  }
}

type Common = 'proc' | 'file' | 'url' | 'contender' | 'seed' | 'leaseMs'
type Own =
  | Omit<ProducerSettings, Common>
  | (Omit<WorkerSettings, Common> & Partial<Pick<WorkerSettings, 'leaseMs' | 'url'>>)
  | (Omit<CallerSettings, Common> & Partial<Pick<CallerSettings, 'url'>>)
  | Omit<OperatorSettings, Common>
  | Omit<SchedulerSettings, Common>
  | Omit<GroupOperatorSettings, Common>
  | (Omit<MemberSettings, Common> & Partial<Pick<MemberSettings, 'url'>>)
  | Omit<PublisherSettings, Common>
  | Omit<SteadyPublisherSettings, Common>
  | Omit<SubscriberSettings, Common>
