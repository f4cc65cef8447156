import type { Flow, Overview, QueueSummary, Unreadable } from './api/contract.ts'
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
  readonly unreadable: readonly Pick<Unreadable, 'name' | 'code'>[]
}

/** Whether work flows, and if not, why: one sentence in the reader's language. */
export function flowSentence({ flow: words }: Words, known: Known | undefined, tag: string): FlowSentence {
  if (known === undefined) return { tone: 'plain', text: words.unknown }
  const { flow, storage } = known
  if (storage.state === 'away' || flow.state === 'away') return { tone: 'bad', text: words.away }
  const queue = flow.queue ?? words.everything
  const perMinute = flow.perMinute === undefined ? undefined : whole(Math.max(1, Math.round(flow.perMinute)), tag)
  switch (flow.state) {
    case 'idle':
      return flow.because === 'failing'
        ? { tone: 'warn', text: words.idleFailing(queue) }
        : { tone: 'plain', text: words.idle }
    case 'paused':
      return { tone: 'warn', text: words.paused(queue, ...waitingIn(known, flow, tag)) }
    case 'stuck':
      return { tone: 'bad', text: whyStuck(words, known, queue, perMinute, tag) }
    case 'flowing':
      return whileFlowing(words, known, queue, perMinute, tag)
  }
}

function whyStuck(
  words: Catalog['flow'],
  known: Known,
  queue: string,
  perMinute: string | undefined,
  tag: string,
): string {
  const { because, queue: named } = known.flow
  const count = waitingIn(known, known.flow, tag)
  if (because === 'no-workers')
    return named === undefined ? words.noWorkersAtAll(...count) : words.noWorkers(queue, ...count)
  if (because === 'unreadable') {
    const code = known.unreadable.find(({ name }) => name === named)?.code ?? because
    return named === undefined ? words.unreadableList(code) : words.unreadable(named, code)
  }
  if (because === 'quiet') return words.stuckQuiet(queue, ...count)
  if (because === 'paused') return words.paused(queue, ...count)
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

/** How many wait where the sentence points; as words, and as a number for the right form of the words. */
function waitingIn({ waiting, queues }: Known, { queue }: Flow, tag: string): [string, number] {
  const count = queues.find(({ name }) => name === queue)?.waiting ?? waiting
  return [whole(count, tag), count]
}
