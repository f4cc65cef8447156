import { addressOf } from '../api/call.ts'
import { api } from '../api/console-api.ts'
import type { Overview } from '../api/overview-contract.ts'
import { Problem } from '../api/problem.ts'
import { storageSaid } from './clock.ts'
import { link, overview, take } from './live.ts'
import { goneSince, signedIn } from './session.ts'

/** A feed that is silent for this long is checked: a dead connection is not always noticed. */
const SILENT_MS = 8_000
const POLL_MS = 3_000
const LONGEST_PAUSE_MS = 30_000

/**
 * Keeps the overview fresh while somebody looks: by the live feed, which a browser gives up for good when it is
 * refused, so it is opened again here; until then by asking.
 */
export function watch(): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let heard = Date.now()
  let failures = 0
  let mayOpenAt = 0
  let isOver = false

  const later = (ms: number): void => {
    clearTimeout(timer)
    timer = setTimeout(look, ms)
  }

  function hear(news: Overview): void {
    heard = Date.now()
    storageSaid(news.at)
    take(news)
  }

  function open(): void {
    source?.close()
    const feed = new EventSource(addressOf('events'))
    source = feed
    feed.addEventListener('overview', ({ data }: MessageEvent<string>) => {
      failures = 0
      link.value = 'live'
      goneSince.value = undefined
      hear(JSON.parse(data) as Overview)
    })
    feed.addEventListener('storage', ({ data }: MessageEvent<string>) => {
      heard = Date.now()
      const known = overview.peek()
      if (known) take({ ...known, storage: { ...(JSON.parse(data) as Overview['storage']) } })
    })
    feed.addEventListener('bye', () => drop())
    feed.addEventListener('error', () => drop())
  }

  /** The feed ended. Whether the server is there is for a question to find out. */
  function drop(): void {
    source?.close()
    source = undefined
    failures++
    const pauseMs = failures === 1 ? 250 : Math.min(POLL_MS * 2 ** (failures - 2), LONGEST_PAUSE_MS)
    mayOpenAt = Date.now() + pauseMs
    later(Math.min(pauseMs, POLL_MS))
  }

  async function ask(): Promise<number> {
    try {
      hear(await api.getOverview())
      if (source === undefined) link.value = failures > 1 ? 'polling' : 'connecting'
      return POLL_MS
    } catch (error) {
      const { status, retryAfterMs } = error instanceof Problem ? error : new Problem(0, '', '')
      if (status === 0) link.value = 'connecting'
      return Math.max(retryAfterMs ?? 0, status === 0 ? 1_000 : POLL_MS)
    }
  }

  /** Every few seconds: is there a feed, and does it live? */
  async function look(): Promise<void> {
    if (isOver) return
    if (document.hidden || signedIn.peek() === 'out') return later(1_000)
    if (source !== undefined && Date.now() - heard < SILENT_MS) return later(1_000)
    const pause = await ask()
    if (isOver) return
    const isGone = goneSince.peek() !== undefined
    if (source !== undefined && isGone) return drop()
    if (source === undefined && !isGone && Date.now() >= mayOpenAt) open()
    later(Math.min(pause, LONGEST_PAUSE_MS))
  }

  function onVisible(): void {
    if (!document.hidden) return later(0)
    // Nothing is read for a page that nobody sees.
    source?.close()
    source = undefined
    failures = 0
    link.value = 'connecting'
  }
  document.addEventListener('visibilitychange', onVisible)
  open()
  later(1_500)

  return () => {
    isOver = true
    source?.close()
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisible)
  }
}
