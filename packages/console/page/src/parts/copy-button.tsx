import { useState } from 'preact/hooks'
import { words } from '../language/language.ts'
import { Icon } from './icon.tsx'

const SHOWN_MS = 1_500

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [isDone, setDone] = useState(false)
  const { act } = words.value
  async function copy(event: Event): Promise<void> {
    event.stopPropagation()
    if (!(await copied(text))) return
    setDone(true)
    setTimeout(() => setDone(false), SHOWN_MS)
  }
  return (
    <button
      type="button"
      class="bare"
      title={`${act.copy}: ${what}`}
      aria-label={`${act.copy}: ${what}`}
      onClick={copy}
    >
      <Icon name={isDone ? 'check' : 'copy'} />
      <span class="unseen" role="status">
        {isDone ? act.copied : ''}
      </span>
    </button>
  )
}

/** Over plain HTTP a browser has no clipboard for pages; there the old way works. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'unseen'
    const host = document.querySelector('dialog[open]') ?? document.body
    host.append(area)
    area.select()
    const isDone = document.execCommand('copy')
    area.remove()
    return isDone
  }
}
