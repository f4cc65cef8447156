const MOST = 240

/** A value in one line, for a row of a list. */
export function preview(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : textOf(value)
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}

/** A value as an editor shows it. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? ''
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? ''
}
