import { useState } from 'preact/hooks'
import type { ComponentChildren } from 'preact'
import { bytes } from '../format/number.ts'
import { pretty } from '../format/preview.ts'
import { words } from '../language/language.ts'
import { CopyButton } from './copy-button.tsx'

/** A value is drawn up to this size; the rest when it is asked for. */
const SHOWN = 20_000
/** Larger texts are not coloured: that makes an element of each word. */
const COLOURED = 50_000

export function JsonBlock({ value, name }: { readonly value: unknown; readonly name: string }) {
  const [showsAll, showAll] = useState(false)
  const [wraps, setWraps] = useState(true)
  const text = typeof value === 'string' ? value : pretty(value)
  const { act } = words.value
  const shown = showsAll ? text : text.slice(0, SHOWN)
  return (
    <div class="json">
      <div class="json-tools">
        <button type="button" class="bare text" aria-pressed={wraps} onClick={() => setWraps(!wraps)}>
          {act.wrap}
        </button>
        <CopyButton text={text} what={name} />
      </div>
      <pre class={wraps ? 'code wraps' : 'code'} tabIndex={0} role="region" aria-label={name}>
        {typeof value === 'string' || shown.length > COLOURED ? shown : coloured(shown)}
      </pre>
      {text.length > shown.length && (
        <button type="button" class="button" onClick={() => showAll(true)}>
          {act.showAll(bytes(text.length))}
        </button>
      )}
    </div>
  )
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)/g

/** The parts of a JSON text as elements: names, strings, other values. Their content stays text. */
function coloured(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = []
  let from = 0
  for (const match of text.matchAll(TOKEN)) {
    const [whole, string, colon, other] = match
    parts.push(text.slice(from, match.index))
    if (string === undefined) parts.push(<span class="json-value">{other}</span>)
    else if (colon === undefined) parts.push(<span class="json-string">{string}</span>)
    else parts.push(<span class="json-name">{string}</span>, colon)
    from = match.index + whole.length
  }
  parts.push(text.slice(from))
  return parts
}
