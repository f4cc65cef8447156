import { signal } from '@preact/signals'

export interface Toast {
  readonly n: number
  readonly tone: 'good' | 'bad' | 'plain'
  readonly text: string
  readonly detail?: string | undefined
}

const MOST = 4
/** Enough to read two sentences. Bad news stays until it is dismissed. */
const SHOWN_MS = 9_000

export const toasts = signal<readonly Toast[]>([])

/** Of each toast the time that it has left; it does not run while the pointer or the focus is on one. */
const leftMs = new Map<number, number>()
let lastN = 0
let isHeld = false

export function toast(tone: Toast['tone'], text: string, detail?: string): void {
  const n = ++lastN
  if (tone !== 'bad') leftMs.set(n, SHOWN_MS)
  toasts.value = [...toasts.peek(), { n, tone, text, detail }].slice(-MOST)
}

export function dismiss(n: number): void {
  leftMs.delete(n)
  toasts.value = toasts.peek().filter((one) => one.n !== n)
}

export function holdToasts(held: boolean): void {
  isHeld = held
}

const STEP_MS = 500
setInterval(() => {
  if (isHeld || document.hidden) return
  for (const [n, left] of leftMs) {
    if (left <= STEP_MS) dismiss(n)
    else leftMs.set(n, left - STEP_MS)
  }
}, STEP_MS)
