import { words } from '../language/language.ts'
import { Icon } from '../parts/icon.tsx'
import { Mark } from '../parts/mark.tsx'
import { dismiss, holdToasts, toasts } from '../state/toasts.ts'

/** They stay long enough to be read, longer under the pointer; what failed stays until it is dismissed. */
export function Toasts() {
  return (
    <div
      class="toasts"
      role="region"
      aria-live="polite"
      aria-label={words.value.act.messages}
      onPointerEnter={() => holdToasts(true)}
      onPointerLeave={() => holdToasts(false)}
      onFocusIn={() => holdToasts(true)}
      onFocusOut={() => holdToasts(false)}
    >
      {toasts.value.map(({ n, tone, text, detail }) => (
        <div key={n} class={`toast ${tone}`}>
          <Mark name={tone === 'good' ? 'completed' : tone} />
          <div>
            <p>{text}</p>
            {detail !== undefined && <p class="faint">{detail}</p>}
          </div>
          <button type="button" class="bare" aria-label={words.value.act.dismiss} onClick={() => dismiss(n)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
