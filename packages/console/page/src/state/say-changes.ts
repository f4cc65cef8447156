import { effect } from '@preact/signals'
import { words } from '../language/language.ts'
import { storageAway } from './live.ts'
import { goneSince } from './session.ts'
import { toast } from './toasts.ts'

/** Says when what was gone is back: the banner that said it is gone has vanished by then. */
export function sayChanges(): void {
  let wasGone = false
  let wasAway = false
  effect(() => {
    const isGone = goneSince.value !== undefined
    if (wasGone && !isGone) toast('good', words.peek().live.back)
    wasGone = isGone
  })
  effect(() => {
    const isAway = storageAway.value
    if (wasAway && !isAway) toast('good', words.peek().live.storageBack)
    wasAway = isAway
  })
}
