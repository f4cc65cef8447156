import type { Hold, Settlement } from '@mq/core/adapter'

function retryAct({ charge, delayMs, error }: Settlement & { kind: 'retry' }, keepsErrors: boolean): string {
  const act = `${charge ? 'R' : 'r'}${Math.max(0, Math.ceil(delayMs))}`
  return keepsErrors && charge && error !== undefined ? `${act}|${error}` : act
}

function holdAct({ scope, forMs }: Hold): string {
  return `F${Math.ceil(forMs)}${scope === 'key' ? 'k' : 'q'}`
}

function completeAct({ result, keep }: Settlement & { kind: 'complete' }, keepsResults: boolean | undefined): string {
  const act = result === undefined ? 'c' : `C${result}`
  return keep === undefined || keepsResults === undefined || keep === keepsResults ? act : `O${act}`
}

/** `keepsErrors`: of a queue, not of a group. `keepsResults`: the turn of a queue does; undefined of a group. */
export function actOf(settlement: Settlement, keepsErrors: boolean, keepsResults?: boolean): string {
  switch (settlement.kind) {
    case 'complete':
      return completeAct(settlement, keepsResults)
    case 'retry':
      return retryAct(settlement, keepsErrors)
    case 'release':
      return settlement.hold === undefined ? 'F' : holdAct(settlement.hold)
    case 'bury':
      return `${settlement.charge ? 'B' : 'b'}${JSON.stringify([settlement.reason, settlement.detail])}`
    case 'expire':
      return 'X'
  }
}
