/** 1234567 → 1.23M: three digits at the most, so that columns stay narrow. */
export function short(value: number, tag: string): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) < 10_000) return new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }).format(value)
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value)
}

export function whole(value: number, tag: string): string {
  return Number.isFinite(value) ? new Intl.NumberFormat(tag, { maximumFractionDigits: 0 }).format(value) : '–'
}

/** A rate: 0, 0.04, 1.2, 340, 12.3K */
export function rate(value: number, tag: string): string {
  if (!Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  if (value < 0.01) return '<0.01'
  if (value >= 10_000) return short(value, tag)
  return new Intl.NumberFormat(tag, { maximumSignificantDigits: value < 100 ? 2 : 3 }).format(value)
}

export function bytes(value: number): string {
  if (value < 1_024) return `${value} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(Math.floor(Math.log2(value) / 10), units.length)
  return `${Number((value / 1_024 ** power).toPrecision(3))} ${units[power - 1]}`
}
