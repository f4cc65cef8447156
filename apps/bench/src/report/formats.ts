import type { Unit } from './rows.ts'

/** A figure as it is shown, by its unit. */
export const FORMATS: Record<Unit, (value: number) => string> = {
  rate: (value) => Number(value.toPrecision(3)).toLocaleString('en'),
  microseconds: (value) => `${significant(value)} µs`,
  milliseconds: (value) => `${significant(value)} ms`,
  count: significant,
  bytes: (value) => value.toFixed(0),
}

export function formatRatio(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : significant(ratio, 2)
}

function significant(value: number, digits = 3): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(digits)))
}
