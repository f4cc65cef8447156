import { useEffect, useState } from 'preact/hooks'
import { addressOf, path } from '../api/call.ts'
import type { TailMessage } from '../api/channel-contract.ts'
import { pretty, preview } from '../format/preview.ts'
import { clock } from '../format/time.ts'
import { bytes, whole } from '../format/number.ts'
import { languageTag, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'

/** Its texts are made when it comes: the list is drawn anew with each message. */
interface Message {
  readonly n: number
  readonly preview: string
  /** To copy. */
  readonly text: string
  /** Of one that is too large for the feed, which then is not in it. */
  readonly tooLargeBytes: number | undefined
}

type Line =
  | { readonly key: number; readonly at: number; readonly message: Message }
  | { readonly key: number; readonly at: number; readonly lost: number | undefined }

const MOST = 200
const RETRY_MS = 3_000

/** What is published just now, as long as the reader follows. The newest is on top. */
export function ChannelTail({ name }: { readonly name: string }) {
  const { channels: text } = words.value
  const tag = languageTag.value
  const [follows, setFollows] = useState(false)
  const [lines, setLines] = useState<readonly Line[]>([])
  useEffect(
    () => (follows ? follow(name, (line) => setLines((before) => [line, ...before].slice(0, MOST))) : undefined),
    [name, follows],
  )

  return (
    <section class="block">
      <header class="block-head">
        <h2>{text.tail}</h2>
        <button
          type="button"
          class={follows ? 'button' : 'button main'}
          aria-pressed={follows}
          onClick={() => setFollows(!follows)}
        >
          {follows ? text.tailStop : text.tailStart}
        </button>
        {lines.length === MOST && <span class="faint">{text.tailKept(whole(MOST, tag))}</span>}
      </header>
      {lines.length === 0 && <p class="empty">{follows ? text.tailWaiting : text.tailOff}</p>}
      {lines.length > 0 && (
        <div class="tail" role="log" aria-label={text.tail} tabIndex={0}>
          <ol>
            {lines.map((line) => (
              <li key={line.key} class={'lost' in line ? 'gap' : ''}>
                <time>{clock(line.at, line.at, tag)}</time>
                {'lost' in line ? (
                  <span class="tone-warn">
                    {line.lost === undefined ? text.gapSome : text.gap(whole(line.lost, tag))}
                  </span>
                ) : (
                  <>
                    <span class="faint mono">{line.message.n}</span>
                    <span class="mono message">
                      {line.message.tooLargeBytes === undefined
                        ? line.message.preview
                        : text.tooLarge(bytes(line.message.tooLargeBytes))}
                    </span>
                    <CopyButton text={line.message.text} what={text.message} />
                  </>
                )}
              </li>
            ))}
          </ol>
        </div>
      )}
    </section>
  )
}

function messageOf({ n, payload, tooLarge, bytes: size = 0 }: TailMessage): Message {
  return { n, preview: preview(payload), text: pretty(payload), tooLargeBytes: tooLarge ? size : undefined }
}

let lastKey = 0

/** A feed that is refused is given up by the browser for good, so it is opened again here. */
function follow(name: string, add: (line: Line) => void): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  function open(): void {
    source = new EventSource(addressOf(path('channels', name, 'tail')))
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      add({ key: ++lastKey, at: Date.now(), message: messageOf(JSON.parse(data) as TailMessage) })
    })
    source.addEventListener('gap', ({ data }: MessageEvent<string>) => {
      const { size } = JSON.parse(data || '{}') as { readonly size?: unknown }
      add({ key: ++lastKey, at: Date.now(), lost: typeof size === 'number' ? size : undefined })
    })
    const again = (): void => {
      source?.close()
      clearTimeout(timer)
      timer = setTimeout(open, RETRY_MS)
    }
    source.addEventListener('bye', again)
    source.addEventListener('error', again)
  }
  open()
  return () => {
    source?.close()
    clearTimeout(timer)
  }
}
