import type { QueueSummary } from './api/contract.ts'
import type { Overview, Unreadable } from './api/overview-contract.ts'
import { rate, whole } from './format/number.ts'
import { duration } from './format/time.ts'
import type { Catalog } from './language/en.ts'

export type Tone = 'good' | 'plain' | 'warn' | 'bad'

export interface FlowSentence {
  readonly tone: Tone
  readonly text: string
}

type Words = Pick<Catalog, 'flow'>
type Known = Pick<Overview, 'flow' | 'waiting' | 'perSecond' | 'storage'> & {
  readonly queues: readonly Pick<QueueSummary, 'name' | 'waiting'>[]
  readonly unreadable: readonly Pick<Unreadable, 'name' | 'channel' | 'code'>[]
}

/** Whether work flows, and if not, why: one sentence in the reader's language. */
export function flowSentence({ flow: words }: Words, known: Known | undefined, tag: string): FlowSentence {
  if (known === undefined) return { tone: 'plain', text: words.unknown }
  const { flow, storage } = known
  if (storage.state === 'away' || flow.state === 'away') return { tone: 'bad', text: words.away }
  const queue = placeOf(words, flow) ?? words.everything
  const perMinute = flow.perMinute === undefined ? undefined : whole(Math.max(1, Math.round(flow.perMinute)), tag)
  switch (flow.state) {
    case 'idle':
      return flow.because === 'failing'
        ? { tone: 'warn', text: words.idleFailing(queue) }
        : { tone: 'plain', text: words.idle }
    case 'paused':
      return { tone: 'warn', text: wordsFor(words, flow).paused(queue, whatWaits(words, known, tag)) }
    case 'stuck':
      return { tone: 'bad', text: whyStuck(words, known, queue, perMinute, tag) }
    case 'flowing':
      return whileFlowing(words, known, queue, perMinute, tag)
  }
}

function wordsFor(words: Catalog['flow'], { channel }: Known['flow']): Catalog['flow'] | Catalog['flow']['ofMessages'] {
  return channel === undefined ? words : words.ofMessages
}

/** The queue or group that the sentence is of. */
function placeOf(words: Catalog['flow'], { queue, channel, group }: Known['flow']): string | undefined {
  if (channel === undefined) return queue
  return group === undefined ? words.groups(channel) : words.group(group, channel)
}

function whyStuck(
  words: Catalog['flow'],
  known: Known,
  queue: string,
  perMinute: string | undefined,
  tag: string,
): string {
  const { because, queue: named, channel, group } = known.flow
  const what = whatWaits(words, known, tag)
  if (because === 'no-workers') return named === undefined ? words.noWorkersAtAll(what) : words.noWorkers(queue, what)
  if (because === 'no-members') return words.noMembers(queue, what)
  if (because === 'schedules-stand') {
    const { schedules = 1, dueForMs = 0 } = known.flow
    return words.schedulesStand(queue, whole(schedules, tag), schedules, duration(dueForMs, tag))
  }
  if (because === 'unreadable') {
    const of = known.unreadable.find((one) => one.name === (group ?? named) && one.channel === channel)
    const code = of?.code ?? because
    return (named ?? channel) === undefined
      ? words.unreadableList(code)
      : wordsFor(words, known.flow).unreadable(queue, code)
  }
  if (because === 'quiet') return words.stuckQuiet(queue, what)
  if (because === 'paused') return words.paused(queue, what)
  if (because === 'failing') return words.stuckFailing(queue)
  if (because === 'backlog-grows' && perMinute !== undefined) return words.stuckGrowing(queue, perMinute)
  return words.stuck(queue)
}

function whileFlowing(
  words: Catalog['flow'],
  { flow, perSecond }: Known,
  queue: string,
  perMinute: string | undefined,
  tag: string,
): FlowSentence {
  if (flow.because === 'failing') {
    return { tone: 'warn', text: perMinute === undefined ? words.failingSome(queue) : words.failing(queue, perMinute) }
  }
  if (flow.because === 'backlog-grows' && perMinute !== undefined) {
    return { tone: 'warn', text: words.grows(queue, perMinute) }
  }
  if (flow.because === 'silent') {
    return { tone: 'warn', text: words.silent(queue, duration(1_000 * Math.floor((flow.silentMs ?? 0) / 1_000), tag)) }
  }
  const done = perSecond?.completed ?? 0
  if (done >= 1) return { tone: 'good', text: words.flowing(rate(done, tag)) }
  return { tone: 'good', text: done * 60 >= 1 ? words.flowingSlowly(rate(Math.round(done * 60), tag)) : words.starting }
}

/** What waits where the sentence points, each with its number. */
function whatWaits(words: Catalog['flow'], { flow, waiting: inAll, queues }: Known, tag: string): string {
  const { waiting = queues.find(({ name }) => name === flow.queue)?.waiting ?? inAll, overdue = 0, held = 0 } = flow
  const { waits, overdue: due, held: left } = wordsFor(words, flow)
  const parts = [
    ...(overdue + held > 0 && waiting === 0 ? [] : [waits(whole(waiting, tag), waiting)]),
    ...(overdue > 0 ? [due(whole(overdue, tag), overdue)] : []),
    ...(held > 0 ? [left(whole(held, tag), held)] : []),
  ]
  return parts.join(words.and)
}
