import type { JSX } from 'preact'

export type MarkName =
  | 'waiting'
  | 'delayed'
  | 'blocked'
  | 'running'
  | 'completed'
  | 'dead'
  | 'cancelled'
  | 'expired'
  | 'ended'
  | 'paused'
  | 'good'
  | 'plain'
  | 'warn'
  | 'bad'
  | 'away'
  | 'quiet'

/** A shape for each state, so that none is told apart by its colour alone. The words stand beside it. */
const SHAPES: Readonly<Record<MarkName, JSX.Element>> = {
  waiting: <circle cx="8" cy="8" r="5.25" class="hollow" />,
  delayed: <path d="M8 4.6V8l2.4 1.6M13.25 8A5.25 5.25 0 1 1 2.75 8a5.25 5.25 0 0 1 10.5 0Z" class="hollow" />,
  blocked: <path d="M3.5 3v10M6.5 8h6.2m-2.6-2.8L12.9 8l-2.8 2.8" class="line" />,
  running: <path d="M4.5 2.9v10.2a.6.6 0 0 0 .92.5l8-5.1a.6.6 0 0 0 0-1l-8-5.1a.6.6 0 0 0-.92.5Z" class="full" />,
  completed: <path d="m3 8.6 3.4 3.4L13 4.6" class="line" />,
  ended: <path d="m3 8.6 3.4 3.4L13 4.6" class="line" />,
  dead: <path d="m4 4 8 8m0-8-8 8" class="line" />,
  cancelled: <path d="M13.25 8A5.25 5.25 0 1 1 2.75 8a5.25 5.25 0 0 1 10.5 0ZM4.4 11.6l7.2-7.2" class="hollow" />,
  expired: <path d="M4 2.75h8L8 8l4 5.25H4L8 8 4 2.75Z" class="hollow" />,
  paused: <path d="M5.5 3v10m5-10v10" class="line" />,
  good: <circle cx="8" cy="8" r="5.5" class="full" />,
  plain: <circle cx="8" cy="8" r="5.25" class="hollow" />,
  warn: <path d="M8 2.2 14.4 13.4H1.6L8 2.2Zm0 4.3v3.1m0 1.8v.1" class="hollow" />,
  bad: (
    <path d="M5.2 1.8h5.6l3.4 3.4v5.6l-3.4 3.4H5.2l-3.4-3.4V5.2l3.4-3.4Zm.5 3.9 4.6 4.6m0-4.6-4.6 4.6" class="hollow" />
  ),
  away: <path d="M5.4 3.4A5.25 5.25 0 0 1 12.6 10.6M10.6 12.6A5.25 5.25 0 0 1 3.4 5.4M2.5 2.5l11 11" class="hollow" />,
  quiet: <path d="M2.75 8h10.5" class="line" />,
}

const TONES: Partial<Readonly<Record<MarkName, string>>> = {
  completed: 'good',
  good: 'good',
  running: 'accent',
  dead: 'bad',
  bad: 'bad',
  away: 'bad',
  warn: 'warn',
  paused: 'warn',
  cancelled: 'quiet',
  expired: 'quiet',
  ended: 'quiet',
  quiet: 'quiet',
}

export function Mark({ name }: { readonly name: MarkName }) {
  return (
    <svg class={`mark tone-${TONES[name] ?? 'plain'}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  )
}
