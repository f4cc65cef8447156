import { words } from '../language/language.ts'
import { succeeds } from '../parts/attempt.ts'
import { Icon } from '../parts/icon.tsx'
import { hrefOf, place } from '../state/router.ts'
import { isOperator, session, signedIn, signOut } from '../state/session.ts'
import { isPaletteOpen } from './open.ts'
import { LinkState } from './link-state.tsx'
import { Settings } from './settings.tsx'
import { VIEWS } from './view-list.ts'

const isMac = /mac|iphone|ipad/i.test(navigator.platform)

export function Header() {
  const { nav } = words.value
  const first = place.value.parts[0]
  const isHere = (parts: readonly string[]): boolean =>
    parts.length === 0 ? first === undefined || first === 'queues' : parts[0] === first
  return (
    <header class="top">
      <a class="brand" href={hrefOf([])} aria-label="mq">
        <svg viewBox="0 0 20 16" width="20" height="16" aria-hidden="true">
          <path d="M1 2.5h18M1 8h12M1 13.5h7" />
        </svg>
        <b>mq</b>
      </a>
      {signedIn.value !== 'out' && (
        <nav aria-label={nav.label}>
          {VIEWS.filter(({ name }) => name !== 'changes' || isOperator.value).map(({ name, parts }) => (
            <a key={name} href={hrefOf(parts)} aria-current={isHere(parts) ? 'page' : undefined}>
              {nav[name]}
            </a>
          ))}
        </nav>
      )}
      <div class="tools">
        {signedIn.value !== 'out' && <LinkState />}
        {signedIn.value !== 'out' && (
          <button type="button" class="find" title={nav.find} onClick={() => (isPaletteOpen.value = true)}>
            <Icon name="search" />
            <span class="find-text">{nav.find}</span>
            <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
          </button>
        )}
        <Settings />
        {session.value?.user !== undefined && signedIn.value === 'in' && (
          <button
            type="button"
            class="bare user"
            title={nav.signOut}
            aria-label={`${session.value.user}: ${nav.signOut}`}
            onClick={() => succeeds(signOut)}
          >
            {session.value.user}
          </button>
        )}
      </div>
    </header>
  )
}
