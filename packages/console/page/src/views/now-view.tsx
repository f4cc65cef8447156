import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import type { QueueSummary } from '../api/contract.ts'
import type { Overview, Unreadable } from '../api/overview-contract.ts'
import { flowSentence } from '../flow-sentence.ts'
import { rate, short, whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, words } from '../language/language.ts'
import { attempt } from '../parts/attempt.ts'
import { Figure, PercentileFigure } from '../parts/figure.tsx'
import { Mark } from '../parts/mark.tsx'
import { More } from '../parts/more.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { useTitle } from '../parts/use-title.ts'
import { overview, trendOf } from '../state/live.ts'
import { NowGroups } from './now-groups.tsx'
import { QueueTable } from './queue-table.tsx'

const OF_QUEUES: readonly Unreadable['what'][] = ['queue', 'queues']

/** The first view: does work flow, and if not, why; then the figures, then each queue. */
export function NowView() {
  const known = overview.value
  useTitle(words.value.nav.now)
  return (
    <>
      <FlowLine known={known} />
      <Figures known={known} />
      {known !== undefined && <Queues known={known} />}
      {known !== undefined && <NowGroups known={known} />}
    </>
  )
}

function FlowLine({ known }: { readonly known: Overview | undefined }) {
  const tag = languageTag.value
  const { tone, text } = flowSentence(words.value, known, tag)
  const facts = known && factsOf(known, tag)
  return (
    <section class={`flow ${tone}`} aria-live="polite">
      <Mark name={tone} />
      <div>
        <h1 id="flow">{text}</h1>
        <p class="faint">{facts ?? ' '}</p>
      </div>
    </section>
  )
}

function factsOf({ queues, groups, unreadable, workers, more, moreGroups }: Overview, tag: string): string {
  const hidden = (kind: string): number => unreadable.filter(({ what }) => what === kind).length
  const count = (readable: number, kind: string, isMore: boolean): readonly [string, number] => {
    const all = readable + hidden(kind)
    return [`${whole(all, tag)}${isMore ? '+' : ''}`, all]
  }
  return words.value.flow.facts(
    ...count(queues.length, 'queue', more),
    ...count(groups.length, 'group', moreGroups),
    whole(workers, tag),
    workers,
  )
}

function Figures({ known }: { readonly known: Overview | undefined }) {
  const { figures } = words.value
  const tag = languageTag.value
  const number = (value: number | undefined): string => (value === undefined ? figures.none : short(value, tag))
  const perSecond = known?.perSecond
  return (
    <div class="figure-rows">
      <dl class="figures">
        <Figure name={figures.oldestWait}>
          {known?.oldestWaitMs === undefined ? figures.none : duration(known.oldestWaitMs, tag)}
        </Figure>
        <Figure name={figures.waiting}>{number(known?.waiting)}</Figure>
        <Figure name={figures.delayed} unit={known && ofDelayed(known, tag)}>
          {number(known?.delayed)}
        </Figure>
        <Figure name={figures.running}>{number(known?.running)}</Figure>
        <Figure
          name={figures.dead}
          tone={known && known.dead + known.deadMessages > 0 ? 'bad' : undefined}
          unit={known?.deadMessages ? figures.inGroups(short(known.deadMessages, tag)) : undefined}
        >
          {number(known?.dead)}
        </Figure>
        {known !== undefined && known.groups.length > 0 && (
          <Figure
            name={words.value.channels.lag}
            unit={
              known.oldestMessageMs === undefined ? undefined : figures.oldest(duration(known.oldestMessageMs, tag))
            }
          >
            {number(known.lag)}
          </Figure>
        )}
      </dl>
      <dl class="figures">
        <Figure name={figures.done} unit={figures.perSecond} beside={<Sparkline values={trendOf('')} />}>
          {perSecond === undefined ? figures.none : rate(perSecond.completed, tag)}
        </Figure>
        <Figure name={figures.failed} unit={figures.perSecond} tone={perSecond?.failed ? 'warn' : undefined}>
          {perSecond === undefined ? figures.none : rate(perSecond.failed, tag)}
        </Figure>
        <PercentileFigure name={figures.waitTime} of={known?.waitMs} />
        <PercentileFigure name={figures.runTime} of={known?.runMs} />
      </dl>
    </div>
  )
}

/** Of the delayed ones, those that are due and those that wait for other tasks. */
function ofDelayed({ overdue, blocked }: Overview, tag: string): string | undefined {
  const { figures } = words.value
  const parts = [
    ...(overdue > 0 ? [figures.overdue(short(overdue, tag))] : []),
    ...(blocked > 0 ? [figures.blocked(short(blocked, tag))] : []),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** Those of the live feed, and those behind them that the reader asked for. */
function Queues({ known }: { readonly known: Overview }) {
  const [others, setOthers] = useState<readonly QueueSummary[]>([])
  const [next, setNext] = useState<string | undefined>(undefined)
  const [isDone, setDone] = useState(false)

  async function loadMore(): Promise<void> {
    const page = await attempt(() => api.listQueues(next))
    if (page === undefined) return
    const names = new Set([...known.queues, ...others].map(({ name }) => name))
    setOthers([...others, ...page.queues.filter(({ name }) => !names.has(name))])
    setNext(page.next)
    setDone(page.next === undefined)
  }
  const live = new Set(known.queues.map(({ name }) => name))
  const all = [...known.queues, ...others.filter(({ name }) => !live.has(name))]
  return (
    <>
      <QueueTable queues={all} unreadable={known.unreadable.filter(({ what }) => OF_QUEUES.includes(what))} />
      {known.more && !isDone && <More label={words.value.queues.more} onMore={loadMore} />}
    </>
  )
}
