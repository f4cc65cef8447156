import { words } from '../language/language.ts'

interface MoreProps {
  readonly label?: string | undefined
  readonly isBusy?: boolean | undefined
  readonly onMore: () => void
}

/** The button at the end of a list that loads what is behind it. */
export function More({ label = words.value.act.more, isBusy, onMore }: MoreProps) {
  return (
    <p class="more">
      <button type="button" class="button" aria-busy={isBusy} onClick={onMore}>
        {label}
      </button>
    </p>
  )
}
