import { useEffect, useRef, useState } from 'preact/hooks'
import { refreshes } from './refresh.ts'
import { signedIn } from './session.ts'

export interface Page<T> {
  readonly items: readonly T[]
  readonly next?: string | undefined
  readonly scanned?: number | undefined
}

export interface Pages<T> {
  readonly items: readonly T[]
  readonly hasMore: boolean
  readonly isLoading: boolean
  readonly error: unknown
  /** By the browser's clock; of the first page. */
  readonly loadedAt: number | undefined
  /** Of a search: how many were looked at. */
  readonly scanned: number | undefined
  readonly loadMore: () => void
  readonly reload: () => void
}

/** Fewer than a page has where there are more. */
const SHORT = 50

interface State<T> {
  readonly key: string
  readonly items: readonly T[]
  readonly next?: string | undefined
  readonly scanned?: number | undefined
  readonly error?: unknown
  readonly loadedAt?: number | undefined
}

interface Options<T> {
  readonly load: (after: string | undefined, signal: AbortSignal) => Promise<Page<T>>
  readonly idOf: (item: T) => string
  /** The first page is asked for anew this often, while it is all that is loaded and nobody holds it. */
  readonly pollMs?: number | undefined
  readonly isHeld: () => boolean
}

/** A list that is loaded page by page as the reader goes on, however long it is. */
export function usePages<T>(key: string, options: Options<T>): Pages<T> {
  const [state, setState] = useState<State<T>>({ key, items: [] })
  const [isLoading, setLoading] = useState(true)
  const latest = useRef({ options, state })
  latest.current = { options, state }
  const acts = useRef({ loadMore: (): void => undefined, reload: (): void => undefined })
  const rounds = refreshes.value

  useEffect(() => {
    const controller = new AbortController()
    const { signal } = controller
    const { pollMs } = options
    let timer: ReturnType<typeof setTimeout> | undefined
    let isRunning = false
    let pagesLoaded = 0

    async function run(after: string | undefined): Promise<void> {
      if (isRunning) return
      isRunning = true
      clearTimeout(timer)
      setLoading(true)
      const { load, idOf } = latest.current.options
      try {
        const page = after === undefined ? await loadFirst(load, signal) : await load(after, signal)
        if (signal.aborted) return
        pagesLoaded = after === undefined ? 1 : pagesLoaded + 1
        setState((before) => (after === undefined ? first(key, page) : joined(before, page, idOf)))
      } catch (error) {
        if (signal.aborted) return
        setState((before) => (before.key === key ? { ...before, error } : { key, items: [], error }))
      } finally {
        isRunning = false
      }
      setLoading(false)
      if (pollMs !== undefined) timer = setTimeout(poll, pollMs)
    }

    function poll(): void {
      const mayReload =
        pagesLoaded <= 1 && !document.hidden && signedIn.peek() === 'in' && !latest.current.options.isHeld()
      if (mayReload) void run(undefined)
      else timer = setTimeout(poll, 1_000)
    }

    acts.current = {
      loadMore: () => {
        const { state: known } = latest.current
        if (known.key === key && known.next !== undefined) void run(known.next)
      },
      reload: () => void run(undefined),
    }
    void run(undefined)
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [key, options.pollMs, rounds])

  const isOf = state.key === key
  return {
    items: isOf ? state.items : [],
    hasMore: isOf && state.next !== undefined,
    isLoading,
    error: isOf ? state.error : undefined,
    loadedAt: isOf ? state.loadedAt : undefined,
    scanned: isOf ? state.scanned : undefined,
    loadMore: () => acts.current.loadMore(),
    reload: () => acts.current.reload(),
  }
}

/** A short list often says only by an empty page behind it that it is at its end. */
async function loadFirst<T>(load: Options<T>['load'], signal: AbortSignal): Promise<Page<T>> {
  const page = await load(undefined, signal)
  if (page.next === undefined || page.items.length >= SHORT || page.scanned !== undefined) return page
  const { items, next } = await load(page.next, signal)
  return { items: [...page.items, ...items], next }
}

function first<T>(key: string, { items, next, scanned }: Page<T>): State<T> {
  return { key, items, next, scanned, loadedAt: Date.now() }
}

/** Tasks move while one reads: what is there already is not shown twice. */
function joined<T>(before: State<T>, page: Page<T>, idOf: (item: T) => string): State<T> {
  const known = new Set(before.items.map(idOf))
  const scanned = page.scanned === undefined ? undefined : (before.scanned ?? 0) + page.scanned
  return {
    key: before.key,
    items: [...before.items, ...page.items.filter((item) => !known.has(idOf(item)))],
    next: page.next,
    scanned,
    loadedAt: before.loadedAt,
  }
}
