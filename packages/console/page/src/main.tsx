import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app.tsx'
import { languageTag } from './language/language.ts'
import { listenForKeys } from './shell/keys.ts'
import { followLinks } from './state/router.ts'
import { sayChanges } from './state/say-changes.ts'
import { askSession } from './state/session.ts'
import './styles/all.css'

effect(() => {
  document.documentElement.lang = languageTag.value
})
sayChanges()
document.addEventListener('click', followLinks)
// Before anything is drawn: a key that is pressed early counts.
listenForKeys()
render(<App />, document.getElementById('app')!)

const RETRY_MS = 2_000
async function begin(): Promise<void> {
  if (!(await askSession())) setTimeout(begin, RETRY_MS)
}
void begin()
