import type { StorageFinding } from '@mq/core/adapter'

/** Worth knowing. */
export function ok(code: string, text: string): StorageFinding {
  return { level: 'ok', code, text }
}

/** What a failure would cost, or what gets worse. */
export function warning(code: string, text: string): StorageFinding {
  return { level: 'warning', code, text }
}

/** Tasks are lost or refused, or soon will be. */
export function error(code: string, text: string): StorageFinding {
  return { level: 'error', code, text }
}
