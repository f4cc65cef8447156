import { api } from '../api/console-api.ts'
import { isNotFound } from '../api/problem.ts'
import { whole } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Figure } from '../parts/figure.tsx'
import { Mark } from '../parts/mark.tsx'
import { LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { When } from '../parts/when.tsx'
import { hrefOf } from '../state/router.ts'
import { useResource } from '../state/use-resource.ts'
import { heldText } from './queue-keys.tsx'
import { Bulk } from './queue-tasks.tsx'
import { TaskTable } from './task-table.tsx'

const POLL_MS = 2_000

/** One key of a queue: how many of its tasks wait and run, what holds them back, and those that wait. */
export function KeyView({ queue, name }: { readonly queue: string; readonly name: string }) {
  useTitle(name)
  const { ofKeys: text, queues, sections, figures } = words.value
  const tag = languageTag.value
  const loaded = useResource(`key ${JSON.stringify([queue, name])}`, (signal) => api.getKey(queue, name, signal), {
    pollMs: POLL_MS,
  })
  const { data, error } = loaded
  const isGone = isNotFound(error)
  return (
    <>
      <nav class="crumbs" aria-label={words.value.act.back}>
        <a href={hrefOf([])}>{queues.title}</a>
        <a href={hrefOf(['queues', queue])}>{queue}</a>
        <a href={hrefOf(['queues', queue, 'keys'])}>{sections.keys}</a>
      </nav>
      <header class="title">
        <h1>
          {data && !isGone && <Mark name={data.heldBack === undefined ? 'good' : 'paused'} />}
          <span class="name">{name}</span>
          <CopyButton text={name} what={text.key} />
        </h1>
      </header>
      {isGone ? <p class="empty">{text.gone}</p> : <LoadError of={loaded} />}
      {data && !isGone && (
        <dl class="figures">
          <Figure name={figures.waiting}>{whole(data.waiting, tag)}</Figure>
          <Figure name={figures.running}>{whole(data.running, tag)}</Figure>
          <Figure name={text.oldest}>
            <When at={data.nextEnqueuedAt} only="ago" />
          </Figure>
          <Figure name={text.held} tone={data.heldBack === undefined ? undefined : 'warn'}>
            {heldText(data)}
          </Figure>
        </dl>
      )}
      <section class="block">
        <h2>{text.tasks}</h2>
        <TaskTable
          listKey={JSON.stringify(['key', queue, name])}
          queue={queue}
          state="waiting"
          search=""
          load={async (after, signal) => {
            const { tasks, next } = await api.listTasksOfKey(queue, name, after, signal)
            return { items: tasks, next }
          }}
          actions={(selected, done) => <Bulk name={queue} state="waiting" selected={selected} onDone={done} />}
        />
      </section>
    </>
  )
}
