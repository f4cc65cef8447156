import { useEffect, useRef, useState } from 'preact/hooks'
import { Problem } from '../api/problem.ts'
import { refreshes } from './refresh.ts'
import { signedIn } from './session.ts'

export interface Resource<T> {
  readonly data: T | undefined
  /** Why the last try failed; the data before it stays. */
  readonly error: unknown
  /** By the browser's clock. */
  readonly loadedAt: number | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

interface Options {
  /** How often it is asked for anew while somebody looks. */
  readonly pollMs: number
}

/**
 * What a view shows: loaded at once and anew for another key, polled while the page is visible, kept while it fails.
 */
export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { pollMs }: Options,
): Resource<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown; loadedAt?: number }>({ key })
  const [isLoading, setLoading] = useState(true)
  const latest = useRef(load)
  latest.current = load
  const again = useRef<() => void>(() => undefined)
  const rounds = refreshes.value

  useEffect(() => {
    const controller = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isRunning = false

    async function run(): Promise<void> {
      if (isRunning) return
      isRunning = true
      clearTimeout(timer)
      setLoading(true)
      let pause: number | undefined = pollMs
      try {
        const data = await latest.current(controller.signal)
        if (!controller.signal.aborted) setState({ key, data, loadedAt: Date.now() })
      } catch (error) {
        if (controller.signal.aborted) return
        setState((before) => (before.key === key ? { ...before, error } : { key, error }))
        pause = pauseAfter(error, pollMs)
      } finally {
        isRunning = false
      }
      if (controller.signal.aborted) return
      setLoading(false)
      if (pause !== undefined) timer = setTimeout(next, pause)
    }
    function next(): void {
      if (document.hidden || signedIn.peek() === 'out') timer = setTimeout(next, 1_000)
      else void run()
    }
    again.current = () => void run()
    void run()
    return () => {
      controller.abort()
      clearTimeout(timer)
    }
  }, [key, pollMs, rounds])

  const isOf = state.key === key
  return {
    data: isOf ? state.data : undefined,
    error: isOf ? state.error : undefined,
    loadedAt: isOf ? state.loadedAt : undefined,
    isLoading,
    reload: () => again.current(),
  }
}

/** What is not there or not offered is asked for no more; what is away, again. */
function pauseAfter(error: unknown, pollMs: number): number | undefined {
  if (!(error instanceof Problem)) return pollMs
  if (error.status === 0 || error.status === 429 || error.status >= 502) {
    return Math.min(Math.max(error.retryAfterMs ?? 0, pollMs, 2_000), 30_000)
  }
  return error.status === 501 ? undefined : pollMs
}
