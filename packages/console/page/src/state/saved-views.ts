import { signal } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'
import { remember, remembered } from './memory.ts'
import { base, go } from './router.ts'

/** A view with its filters, under a name of its reader's. */
export interface SavedView {
  readonly name: string
  /** Its address below the base, so that it holds wherever the console is. */
  readonly address: string
}

export const MOST_VIEWS = 50
const LONGEST_NAME = 60
const LONGEST_ADDRESS = 4_000
/** Consoles of one host share what the browser remembers. */
const KEY = `views:${base.pathname}`

const current = signal<readonly SavedView[]>(read())
/** In the order of their names. */
export const savedViews: ReadonlySignal<readonly SavedView[]> = current

export const areViewsOpen = signal(false)

// Another tab changed them.
addEventListener('storage', () => (current.value = read()))

/** As it is kept: without what would break a line or turn a text around. */
export function cleanedName(text: string): string {
  return text
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME)
    .trim()
}

/**
 * Saves the view that is open; one of the same name is replaced. `full`: there are as many as may be, `tooLong`: its
 * filters are, `forbidden`: the browser remembers nothing.
 */
export function saveView(text: string): 'saved' | 'full' | 'tooLong' | 'forbidden' {
  const name = cleanedName(text)
  const others = read().filter((view) => view.name !== name)
  if (others.length >= MOST_VIEWS) return 'full'
  const address = location.pathname.slice(base.pathname.length) + location.search
  if (address.length > LONGEST_ADDRESS) return 'tooLong'
  return write([...others, { name, address }]) ? 'saved' : 'forbidden'
}

export function deleteView(name: string): void {
  write(read().filter((view) => view.name !== name))
}

export function openView({ address }: SavedView): void {
  go(base.pathname + address)
}

function write(views: readonly SavedView[]): boolean {
  const isKept = remember(KEY, JSON.stringify(views))
  current.value = read()
  return isKept
}

/** What is there may be of another program, or of another version: what is no view is left out. */
function read(): readonly SavedView[] {
  let kept: unknown
  try {
    kept = JSON.parse(remembered(KEY) ?? '[]')
  } catch {
    return [] // no list of ours
  }
  const views = new Map<string, SavedView>()
  for (const entry of Array.isArray(kept) ? (kept as unknown[]).slice(0, MOST_VIEWS) : []) {
    const { name, address } = (entry ?? {}) as Partial<Record<keyof SavedView, unknown>>
    if (typeof name !== 'string' || typeof address !== 'string' || !isBelow(address)) continue
    const cleaned = cleanedName(name)
    if (cleaned !== '') views.set(cleaned, { name: cleaned, address })
  }
  return [...views.values()].toSorted((one, other) => one.name.localeCompare(other.name))
}

/** Whether it is of this console: nothing that leads elsewhere is opened. */
function isBelow(address: string): boolean {
  if (address.length > LONGEST_ADDRESS) return false
  try {
    const { origin, pathname } = new URL(base.pathname + address, base)
    return origin === base.origin && pathname.startsWith(base.pathname)
  } catch {
    return false
  }
}
