import { argumentsOf } from './scripts/arguments.ts'
import type {
  ChannelDriver,
  CommandReply,
  DeadTask,
  EndedLane,
  EnqueueBatch,
  FlowDriver,
  Hint,
  HistoryPage,
  HistoryQuery,
  Inbox,
  KeyPage,
  KeysQuery,
  LeaseState,
  LimitsChange,
  ListQuery,
  Logger,
  Note,
  PageQuery,
  QueueAdmin,
  QueueCommand,
  QueueDriver,
  QueueSharing,
  QueueStats,
  Receipt,
  ScheduleDriver,
  StoredLimits,
  Subscription,
  TaskFacts,
  TaskListing,
  TaskReading,
  TaskRef,
  Turn,
  TurnReply,
  WorkSample,
} from '@mq/core/adapter'
import {
  checkBatch,
  checkCommand,
  checkEndedLanes,
  checkExtend,
  checkHistory,
  checkKeysQuery,
  checkLimitsChange,
  checkList,
  checkNotes,
  checkPage,
  checkRead,
  checkSample,
  checkTurn,
  refuse,
} from '@mq/core/adapter'
import { parseHint } from './hint.ts'
import { InOrder } from './in-order.ts'
import { OUTCOMES, queueTopic } from './keys.ts'
import type { Participant, ScriptArguments } from './participant.ts'
import { listenToAll } from './listen-to-all.ts'
import { MOST_READ_BYTES } from './read-limit.ts'
import { recallWhenFull } from './recall-when-full.ts'
import { createRedisChannel } from './redis-channel.ts'
import { lengthOf } from './redis-plain.ts'
import { RedisFlows } from './redis-flows.ts'
import { RedisSchedules } from './redis-schedules.ts'
import type { Script } from './script.ts'
import { applyCommand } from './apply-command.ts'
import { endLanesScript, LANE } from './scripts/queue/end-lanes.ts'
import { enqueueDisplacingScript } from './scripts/queue/enqueue-displacing.ts'
import { enqueueReplacingScript } from './scripts/queue/enqueue-replacing.ts'
import { enqueueArguments } from './scripts/queue/enqueue-arguments.ts'
import type { BatchId } from './scripts/queue/enqueue-arguments.ts'
import { historyArguments, historyScript, parseHistory } from './scripts/history/history.ts'
import { sampleArguments, sampleScript } from './scripts/history/sample.ts'
import { enqueueScript, parseReceipts } from './scripts/queue/enqueue.ts'
import { EXTEND, extendScript, parseLeaseStates } from './scripts/queue/extend.ts'
import { INSPECT, inspectScript, parseFacts } from './scripts/queue/inspect.ts'
import { keysArguments, listKeysScript, parseKeys } from './scripts/queue/list-keys.ts'
import { listArguments, listDeadScript, parseDead } from './scripts/queue/list-dead.ts'
import { noteArguments, noteScript, parseKept } from './scripts/queue/note.ts'
import { pageArguments } from './scripts/queue/page-arguments.ts'
import { pageScript, parsePage } from './scripts/queue/page.ts'
import { parseReadings, readScript, refArgument } from './scripts/queue/read.ts'
import { Turns } from './redis-turns.ts'
import { limitsArguments, parseStoredLimits, setLimitsScript } from './scripts/queue/set-limits.ts'
import { parseStats, statsScript } from './scripts/queue/stats.ts'

/** A queue's verbs, one script each. A class, since a process may have the handles of thousands of queues. */
export class RedisQueue implements QueueDriver, QueueAdmin, QueueSharing {
  readonly #participant: Participant
  readonly #queue: string
  readonly #logger: Logger
  readonly #inOrder = new InOrder<BatchId>()
  readonly #turns: Turns
  /** To obliterate them. */
  #outcomes: ChannelDriver | undefined

  constructor(participant: Participant, queue: string, logger: Logger, inbox?: Inbox) {
    this.#participant = participant
    this.#queue = queue
    this.#logger = logger
    this.#turns = new Turns(participant, queue, logger, inbox)
  }

  async enqueue(batch: EnqueueBatch): Promise<readonly Receipt[]> {
    checkBatch(batch)
    for (const { id, delayMs } of batch.tasks) {
      if (!Number.isSafeInteger(delayMs)) refuse('a task needs a whole delay')
      // Deduplication keys are stored with the ids, after a tilde.
      if (id?.startsWith('~')) refuse('an id does not begin with ~')
    }
    if (batch.tasks.length === 0) return []
    const { capacity, keyCapacity } = batch
    const displaces = batch.displace === true && (capacity ?? keyCapacity) !== undefined
    const replaces = batch.tasks.some(({ replace, key, after }) => replace || key !== undefined || after !== undefined)
    const script = displaces ? enqueueDisplacingScript : replaces ? enqueueReplacingScript : enqueueScript
    const send = (after: BatchId | undefined): Promise<unknown> =>
      this.#runDurably(script, (runId) =>
        enqueueArguments(batch, after, this.#hints, this.#turns.endsOf(batch.outcomes, runId)),
      )
    const sent = this.#inOrder.send(batch, send)
    const receipts = await recallWhenFull(sent, batch, (script, args) => this.#run(script, args))
    return parseReceipts(receipts, batch.tasks.length)
  }

  async endLanes(lanes: readonly EndedLane[]): Promise<void> {
    checkEndedLanes(lanes)
    if (lanes.length > 0)
      await this.#run(
        endLanesScript,
        lanes.flatMap(({ lane, seq }) => argumentsOf(LANE, { lane, last: seq })),
      )
  }

  async settleAndClaim(turn: Turn): Promise<TurnReply> {
    checkTurn(turn)
    return this.#turns.send(turn)
  }

  async extend(leases: readonly string[], leaseMs: number): Promise<readonly LeaseState[]> {
    checkExtend(leases, leaseMs)
    return leases.length === 0
      ? []
      : parseLeaseStates(await this.#run(extendScript, [...argumentsOf(EXTEND, { leaseMs }), ...leases]))
  }

  async note(notes: readonly Note[]): Promise<readonly boolean[]> {
    checkNotes(notes)
    return notes.length === 0 ? [] : parseKept(await this.#run(noteScript, noteArguments(notes)))
  }

  async listen(listener: (hint: Hint) => void): Promise<Subscription> {
    const onMessage = (text: string): void => {
      const hint = parseHint(text)
      if (hint) listener(hint)
    }
    const onInterruption = (): void => listener({ kind: 'reconnected' })
    const { topics } = this.#participant
    const leave = await listenToAll([
      this.#participant.hearQueue(this.#queue, onMessage, onInterruption),
      topics.listen(queueTopic(this.#participant, this.#queue), { onMessage, onInterruption }),
    ])
    return topics.subscription(leave, this.#participant.hintsInSlot(this.#queue))
  }

  async read(
    tasks: readonly TaskRef[],
    { watch = false }: { readonly watch?: boolean | undefined } = {},
  ): Promise<readonly TaskReading[]> {
    checkRead(tasks)
    if (tasks.length === 0) return []
    return parseReadings(await this.#run(readScript, [watch ? this.#hints : '', ...tasks.map(refArgument)]))
  }

  async list(query: ListQuery): Promise<readonly DeadTask[]> {
    checkList(query)
    if (query.limit === 0 || query.only?.length === 0) return []
    return parseDead(await this.#run(listDeadScript, listArguments(query, MOST_READ_BYTES)))
  }

  async page(query: PageQuery): Promise<TaskListing> {
    checkPage(query)
    const { state, payloads = false } = query
    return parsePage(await this.#run(pageScript, pageArguments(query, MOST_READ_BYTES)), state, payloads)
  }

  async stats(): Promise<QueueStats> {
    const { inbox: known, ...stats } = parseStats(await this.#run(statsScript, []))
    const key = this.#turns.inbox?.key ?? known
    return key === undefined ? stats : { ...stats, inbox: await lengthOf(this.#participant, key) }
  }

  async sample(sample: WorkSample): Promise<void> {
    checkSample(sample)
    await this.#run(sampleScript, sampleArguments(sample))
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    checkHistory(query)
    return parseHistory(await this.#run(historyScript, historyArguments(query)), query)
  }

  get flows(): FlowDriver {
    return new RedisFlows(this.#participant, this.#queue, this.#turns)
  }

  get schedules(): ScheduleDriver {
    return new RedisSchedules(this.#participant, this.#queue, this.#turns)
  }

  async inspect(
    task: TaskRef,
    { content = false }: { readonly content?: boolean | undefined } = {},
  ): Promise<TaskFacts> {
    const args = argumentsOf(INSPECT, { task: refArgument(task), hasContent: content })
    return parseFacts(await this.#run(inspectScript, args))
  }

  async limits(): Promise<StoredLimits> {
    return parseStoredLimits(await this.#run(setLimitsScript, limitsArguments()))
  }

  async setLimits(change: LimitsChange): Promise<StoredLimits> {
    checkLimitsChange(change)
    return parseStoredLimits(await this.#run(setLimitsScript, limitsArguments(change)))
  }

  async keys(query: KeysQuery): Promise<KeyPage> {
    checkKeysQuery(query)
    return parseKeys(await this.#run(listKeysScript, keysArguments(query)))
  }

  async apply(command: QueueCommand): Promise<CommandReply> {
    checkCommand(command)
    // Others rely on it that what was sealed is, and that nothing comes to what was deleted.
    const isDurable = command.kind === 'retire'
    const reply = await applyCommand(
      (script, args) => (isDurable ? this.#runDurably(script, args) : this.#run(script, args)),
      queueTopic(this.#participant, this.#queue),
      command,
    )
    // Groups are not known to the script. Forced: whoever deletes the queue deletes what is said of it.
    if (command.kind === 'obliterate' && reply.inUse === undefined) {
      this.#outcomes ??= createRedisChannel(this.#participant, `${this.#queue}${OUTCOMES}`, this.#logger)
      await this.#outcomes.obliterate({ force: true })
    }
    return reply
  }

  get #hints(): string {
    return this.#participant.hintsOf(this.#queue)
  }

  #run(script: Script, args: ScriptArguments): Promise<unknown> {
    return this.#participant.evaluate(script, this.#participant.keys.of(script, this.#queue), args)
  }

  #runDurably(script: Script, args: ScriptArguments): Promise<unknown> {
    return this.#participant.evaluateDurably(script, this.#participant.keys.of(script, this.#queue), args)
  }
}
