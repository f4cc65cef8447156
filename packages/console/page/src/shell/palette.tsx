import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import { language, speak, words } from '../language/language.ts'
import { overview } from '../state/live.ts'
import { refresh } from '../state/refresh.ts'
import { go, hrefOf } from '../state/router.ts'
import { areViewsOpen, openView, savedViews } from '../state/saved-views.ts'
import { chooseTheme, THEMES } from '../state/theme.ts'
import { VIEWS } from './view-list.ts'
import { isHelpOpen, isPaletteOpen } from './open.ts'

interface Entry {
  readonly group: string
  readonly text: string
  readonly act: () => void
}

const MOST = 30

export function Palette() {
  return isPaletteOpen.value ? <Open /> : null
}

function Open() {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const [channels, setChannels] = useState<readonly string[]>([])
  const { palette } = words.value
  const close = (): void => {
    isPaletteOpen.value = false
  }

  // Before the browser goes on: what is typed next is meant for it.
  useLayoutEffect(() => dialog.current?.showModal(), [])
  useEffect(() => {
    const controller = new AbortController()
    api.listChannels(undefined, controller.signal).then(
      ({ channels: found }) => setChannels(found.map(({ name }) => name)),
      () => undefined, // then it finds no channels
    )
    return () => controller.abort()
  }, [])

  const found = entries(channels)
    .filter((entry) => fits(entry.text, text))
    .slice(0, MOST)
  const [, queue, id] = /^([^/]+)\/(.+)$/.exec(text.trim()) ?? []
  if (queue !== undefined && id !== undefined) {
    found.unshift({
      group: palette.group.task,
      text: palette.task(id, queue),
      act: () => go(hrefOf(['queues', queue, 'tasks', id])),
    })
  }
  const at = Math.min(chosen, found.length - 1)

  function take(entry: Entry | undefined): void {
    if (entry === undefined) return
    close()
    entry.act()
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setChosen((at + step + found.length) % Math.max(1, found.length))
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault()
      take(found[at])
    }
  }

  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label={palette.title}
      onClose={close}
      onClick={({ target }) => target === dialog.current && close()}
    >
      <div class="palette-inner">
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length === 0 ? undefined : `palette-${at}`}
          aria-label={palette.placeholder}
          placeholder={palette.placeholder}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
        />
        <ul id="palette-list" role="listbox" aria-label={palette.title}>
          {found.map((entry, i) => (
            <li
              key={`${entry.group} ${entry.text}`}
              id={`palette-${i}`}
              role="option"
              aria-selected={i === at}
              ref={(row) => {
                if (i === at) row?.scrollIntoView({ block: 'nearest' })
              }}
              onPointerMove={() => setChosen(i)}
              onClick={() => take(entry)}
            >
              <span>{entry.text}</span>
              <span class="faint">{entry.group}</span>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p class="faint none">{palette.empty}</p>}
        <p class="hint">{palette.hint}</p>
      </div>
    </dialog>
  )
}

function entries(channels: readonly string[]): Entry[] {
  const { palette, nav, act, keys } = words.value
  const { group } = palette
  return [
    ...VIEWS.map(({ name, parts }) => ({ group: group.go, text: nav[name], act: () => go(hrefOf(parts)) })),
    ...savedViews.value.map((view) => ({ group: group.saved, text: view.name, act: () => openView(view) })),
    ...(overview.value?.queues ?? []).map(({ name }) => ({
      group: group.queue,
      text: name,
      act: () => go(hrefOf(['queues', name])),
    })),
    ...(overview.value?.groups ?? []).map(({ channel, name }) => ({
      group: group.group,
      text: `${channel} ${name}`,
      act: () => go(hrefOf(['channels', channel, 'groups', name])),
    })),
    ...channels.map((name) => ({ group: group.channel, text: name, act: () => go(hrefOf(['channels', name])) })),
    { group: group.do, text: keys.views, act: () => (areViewsOpen.value = true) },
    { group: group.do, text: act.refresh, act: refresh },
    { group: group.do, text: keys.title, act: () => (isHelpOpen.value = true) },
    {
      group: group.do,
      text: language.value === 'en' ? '简体中文' : 'English',
      act: () => speak(language.peek() === 'en' ? 'zh' : 'en'),
    },
    ...THEMES.map((one) => ({
      group: group.do,
      text: `${nav.theme.label}: ${nav.theme[one]}`,
      act: () => chooseTheme(one),
    })),
  ]
}

/** All words of the search are somewhere in the text. */
function fits(text: string, search: string): boolean {
  const within = text.toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word))
}
