import { nameIn, segmentOf } from '../api/segment.ts'
import { computed, signal } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'

/** Where the page is: the parts of the path below the base, and what the query filters by. */
export interface Place {
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

export const base: URL = new URL('.', document.baseURI)

function read(): Place {
  const { pathname, search } = location
  const below = pathname.startsWith(base.pathname) ? pathname.slice(base.pathname.length) : ''
  return {
    parts: below
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: new URLSearchParams(search),
  }
}

function decoded(part: string): string {
  try {
    return nameIn(decodeURIComponent(part))
  } catch {
    return part
  }
}

const current = signal<Place>(read())
export const place: ReadonlySignal<Place> = current

/** The path without its query: it changes when another view is opened, not when that is filtered. */
export const placeKey: ReadonlySignal<string> = computed(() => JSON.stringify(current.value.parts))

addEventListener('popstate', () => (current.value = read()))

/** The address of a view, for `href` too: a link can be opened in another tab, and copied. */
export function hrefOf(parts: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  )
  const search = new URLSearchParams(given).toString()
  return base.pathname + parts.map(segmentOf).join('/') + (search === '' ? '' : `?${search}`)
}

export function go(href: string): void {
  if (href === location.pathname + location.search) return
  history.pushState(null, '', href)
  current.value = read()
  scrollTo(0, 0)
}

/** Changes filters of the view that is open, without a new entry of the history. */
export function filter(changes: Readonly<Record<string, string | undefined>>): void {
  const next: Record<string, string | undefined> = Object.fromEntries(current.peek().query)
  history.replaceState(null, '', hrefOf(current.peek().parts, { ...next, ...changes }))
  current.value = read()
}

/** A click on a link of ours opens the view here; with a modifier key it does what the browser does. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = (event.target as Element).closest?.('a')
  if (!link || link.target !== '' || link.origin !== location.origin || link.hasAttribute('download')) return
  if (!link.pathname.startsWith(base.pathname) || link.getAttribute('href')?.startsWith('#')) return
  event.preventDefault()
  go(link.pathname + link.search)
}
