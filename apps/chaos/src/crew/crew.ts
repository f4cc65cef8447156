import { join } from 'node:path'
import { FLOW_QUEUES } from '../contenders/contender.ts'
import type { ClientClocks } from '../faults/client-clocks.ts'
import type {
  CallerSettings,
  FlowProducerSettings,
  FlowWorkerSettings,
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
import type { Place } from '../place.ts'
import { seedOf } from '../seeded.ts'
import type { CrewPlan } from './crew-plan.ts'
import { Hand } from './hand.ts'

/** Those that make work, and are asked to stop; the others are terminated. */
const LOAD: ReadonlySet<Hand['role']> = new Set([
  'producer',
  'flow-producer',
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
  readonly place: Place
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
      flowProducers,
      flowWorkers,
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
    for (let i = 0; i < flowProducers; i++) this.#addFlowProducer()
    for (let i = 0; i < flowWorkers; i++) this.addFlowWorker()
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

  addFlowWorker(): Hand {
    return this.#add('flow-worker', { role: 'flow-worker', ...this.#plan.flowWorker })
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

  #addFlowProducer(): void {
    const firstTask = ++this.#producers * TASKS_PER_PRODUCER
    this.#add('flow-producer', { role: 'flow-producer', firstTask, queues: FLOW_QUEUES, ...this.#plan.flowProducer })
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
    const { program, directory, place, contender, seed, clocks } = this.#place
    const file = join(directory, `${proc}.jsonl`)
    const common = { ...place, proc, file, contender, seed: seedOf(seed, proc), leaseMs: this.#plan.leaseMs }
    const hand = new Hand(program, { ...common, ...own } as ProgramSettings, clocks?.programFor(proc))
    this.hands.push(hand)
    return hand
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.hands.map((hand) => hand.kill()))
  }
}

type Common = keyof Place | 'proc' | 'file' | 'contender' | 'seed' | 'leaseMs'
type Own =
  | Omit<ProducerSettings, Common>
  | (Omit<WorkerSettings, Common> & Partial<Pick<WorkerSettings, 'leaseMs' | 'url'>>)
  | (Omit<CallerSettings, Common> & Partial<Pick<CallerSettings, 'url'>>)
  | Omit<OperatorSettings, Common>
  | Omit<SchedulerSettings, Common>
  | Omit<FlowProducerSettings, Common>
  | Omit<FlowWorkerSettings, Common>
  | Omit<GroupOperatorSettings, Common>
  | (Omit<MemberSettings, Common> & Partial<Pick<MemberSettings, 'url'>>)
  | Omit<PublisherSettings, Common>
  | Omit<SteadyPublisherSettings, Common>
  | Omit<SubscriberSettings, Common>
