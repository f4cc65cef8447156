import { refresh } from '../state/refresh.ts'
import { go, hrefOf } from '../state/router.ts'
import { areViewsOpen } from '../state/saved-views.ts'
import { otherTheme } from '../state/theme.ts'
import { isHelpOpen, isPaletteOpen } from './open.ts'
import { VIEWS } from './view-list.ts'

/** How long a `g` waits for the letter of its view. */
const PAIR_MS = 1_500

/** Shortcuts of the whole page. Those without a modifier are off while somebody types. */
export function listenForKeys(): void {
  let pairUntil = 0

  function onKey(event: KeyboardEvent): void {
    // When it was pressed; a page that is busy hears of it later.
    const { key, timeStamp } = event
    if ((event.metaKey || event.ctrlKey) && !event.altKey && key.toLowerCase() === 'k') {
      event.preventDefault()
      isPaletteOpen.value = !isPaletteOpen.peek()
      return
    }
    if (
      event.metaKey ||
      event.ctrlKey ||
      event.altKey ||
      isTyping(event.target) ||
      document.querySelector('dialog[open]')
    )
      return
    if (timeStamp < pairUntil) {
      pairUntil = 0
      const view = VIEWS.find((one) => one.key === key)
      if (view === undefined) return
      event.preventDefault()
      return go(hrefOf(view.parts))
    }
    const act = acts[key]
    if (act === undefined) return
    event.preventDefault()
    act(timeStamp)
  }

  const acts: Readonly<Record<string, (pressedAt: number) => void>> = {
    g: (pressedAt) => (pairUntil = pressedAt + PAIR_MS),
    '?': () => (isHelpOpen.value = true),
    '/': () => document.querySelector<HTMLElement>('main [type=search]')?.focus(),
    r: refresh,
    t: otherTheme,
    v: () => (areViewsOpen.value = true),
    j: () => step(1),
    k: () => step(-1),
    x: () => focusedRow()?.querySelector<HTMLElement>('input[type=checkbox]')?.click(),
  }

  document.addEventListener('keydown', onKey)
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  const isText = target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
  return (
    isText || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  )
}

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('main [data-row]')]
const focusedRow = (): HTMLElement | undefined =>
  document.activeElement?.closest<HTMLElement>('[data-row]') ?? undefined

/** Moves the focus to the link of the next row; Enter then opens it, as everywhere. */
function step(by: 1 | -1): void {
  const all = rows()
  const here = focusedRow()
  const next = here === undefined ? (by === 1 ? all[0] : all.at(-1)) : all[all.indexOf(here) + by]
  const target = next?.querySelector<HTMLElement>('a[href]') ?? next
  target?.focus()
  target?.scrollIntoView({ block: 'nearest' })
}
