import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import { Problem } from '../api/problem.ts'
import { words } from '../language/language.ts'
import { describe } from '../parts/attempt.ts'
import { TextField } from '../parts/fields.tsx'
import { useTitle } from '../parts/use-title.ts'
import { askSession, wasIn } from '../state/session.ts'

/** The token becomes a cookie that scripts cannot read; the page keeps nothing of it. */
export function SignInView() {
  const { signIn: text } = words.value
  const [token, setToken] = useState('')
  const [wrong, setWrong] = useState<string | undefined>(undefined)
  const [isBusy, setBusy] = useState(false)
  useTitle(text.title)

  async function send(event: Event): Promise<void> {
    event.preventDefault()
    if (token === '' || isBusy) return
    setBusy(true)
    try {
      await api.signIn(token)
      await askSession()
    } catch (error) {
      setWrong(error instanceof Problem && error.status === 401 ? text.wrong : describe(error).text)
    }
    setBusy(false)
  }
  return (
    <form class="sign-in" onSubmit={send}>
      <h1>{text.title}</h1>
      <p class="faint">{wasIn.value ? text.expired : text.text}</p>
      <TextField label={text.token} type="password" value={token} onInput={setToken} />
      {wrong !== undefined && (
        <p class="tone-bad" role="alert">
          {wrong}
        </p>
      )}
      <button type="submit" class="button main" aria-disabled={token === ''} aria-busy={isBusy}>
        {text.go}
      </button>
    </form>
  )
}
