import { useEffect, useRef } from 'preact/hooks'
import type { JSX } from 'preact'
import { words } from './language/language.ts'
import { Guarded } from './parts/guarded.tsx'
import { Banner } from './shell/banner.tsx'
import { Header } from './shell/header.tsx'
import { Help } from './shell/help.tsx'
import { Palette } from './shell/palette.tsx'
import { SavedViews } from './shell/saved-views.tsx'
import { Toasts } from './shell/toasts.tsx'
import { place, placeKey } from './state/router.ts'
import { signedIn } from './state/session.ts'
import { isOld } from './state/is-old.ts'
import { watch } from './state/watch.ts'
import { ChangesView } from './views/changes-view.tsx'
import { ChannelView } from './views/channel-view.tsx'
import { ChannelsView } from './views/channels-view.tsx'
import { GroupView } from './views/group-view.tsx'
import { KeyView } from './views/key-view.tsx'
import { NowView } from './views/now-view.tsx'
import { isSection } from './views/queue-sections.tsx'
import { QueueView } from './views/queue-view.tsx'
import { ScheduleView } from './views/schedule-view.tsx'
import { SignInView } from './views/sign-in-view.tsx'
import { SchedulesView } from './views/schedules-view.tsx'
import { StorageView } from './views/storage-view.tsx'
import { TaskView } from './views/task-view.tsx'
import { WorkersView } from './views/workers-view.tsx'

export function App() {
  const isOut = signedIn.value === 'out'
  useEffect(() => (isOut ? undefined : watch()), [isOut])
  const where = placeKey.value
  const shown = useRef(where)
  useEffect(() => {
    if (shown.current === where) return
    shown.current = where
    // The link that was followed is gone: the keyboard and the screen reader go on in the new view.
    document.getElementById('content')?.focus({ preventScroll: true })
  }, [where])
  return (
    <>
      <a class="skip" href="#content">
        {words.value.nav.skip}
      </a>
      <Header />
      {!isOut && <Banner />}
      <main id="content" tabIndex={-1} class={isOld.value ? 'old' : ''}>
        <Guarded key={`${where}${isOut}`}>{isOut ? <SignInView /> : view(place.value.parts)}</Guarded>
      </main>
      <Toasts />
      <Palette />
      <Help />
      <SavedViews />
    </>
  )
}

function view(parts: readonly string[]): JSX.Element {
  const [kind, name, inner, id] = parts
  switch (`${kind ?? ''}/${parts.length}`) {
    case '/0':
      return <NowView />
    case 'queues/2':
      return <QueueView name={name!} section="tasks" />
    case 'queues/3':
      return isSection(inner) ? <QueueView name={name!} section={inner} /> : <Lost />
    case 'queues/4':
      if (inner === 'keys') return <KeyView queue={name!} name={id!} />
      if (inner === 'schedules') return <ScheduleView queue={name!} name={id!} />
      return inner === 'tasks' ? <TaskView queue={name!} id={id!} /> : <Lost />
    case 'workers/1':
      return <WorkersView />
    case 'channels/1':
      return <ChannelsView />
    case 'channels/2':
      return <ChannelView name={name!} />
    case 'channels/4':
      return inner === 'groups' ? <GroupView channel={name!} name={id!} /> : <Lost />
    case 'schedules/1':
      return <SchedulesView />
    case 'storage/1':
      return <StorageView />
    case 'changes/1':
      return <ChangesView />
    default:
      return <Lost />
  }
}

function Lost() {
  const { problems } = words.value
  return (
    <div class="empty">
      <h1>{problems.page}</h1>
      <a class="button" href="./">
        {problems.home}
      </a>
    </div>
  )
}
