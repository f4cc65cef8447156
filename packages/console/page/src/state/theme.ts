import { effect, signal } from '@preact/signals'
import { remember, remembered } from './memory.ts'

export type Theme = 'system' | 'light' | 'dark'
export const THEMES: readonly Theme[] = ['system', 'light', 'dark']

const chosen = remembered('theme')
export const theme = signal<Theme>(chosen === 'light' || chosen === 'dark' ? chosen : 'system')

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')

/** Rises when the colours change, for what is drawn on a canvas. */
export const paint = signal(0)

effect(() => {
  const { dataset } = document.documentElement
  if (theme.value === 'system') delete dataset['theme']
  else dataset['theme'] = theme.value
  paint.value = paint.peek() + 1
})
systemIsDark.addEventListener('change', () => (paint.value = paint.peek() + 1))

export function chooseTheme(next: Theme): void {
  theme.value = next
  remember('theme', next)
}

/** The one of light and dark that is not shown. */
export function otherTheme(): void {
  const isDark = theme.peek() === 'dark' || (theme.peek() === 'system' && systemIsDark.matches)
  chooseTheme(isDark ? 'light' : 'dark')
}
