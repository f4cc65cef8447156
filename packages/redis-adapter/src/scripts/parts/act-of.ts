import type { Settlement } from '@mq/core/adapter'

function retryAct({ charge, delayMs, error }: Settlement & { kind: 'retry' }, keepsErrors: boolean): string {
  const act = `${charge ? 'R' : 'r'}${Math.max(0, Math.ceil(delayMs))}`
  return keepsErrors && charge && error !== undefined ? `${act}|${error}` : act
}

/** `keepsErrors`: of a queue, not of a group. */
export function actOf(settlement: Settlement, keepsErrors: boolean): string {
  switch (settlement.kind) {
    case 'complete':
      return settlement.result === undefined ? 'c' : `C${settlement.result}`
    case 'retry':
      return retryAct(settlement, keepsErrors)
    case 'release':
      return 'F'
    case 'bury':
      return `${settlement.charge ? 'B' : 'b'}${JSON.stringify([settlement.reason, settlement.detail])}`
    case 'expire':
      return 'X'
  }
}
