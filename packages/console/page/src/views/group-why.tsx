import { useState } from 'preact/hooks'
import type { GroupWhy as Why } from '../api/channel-contract.ts'
import { api } from '../api/console-api.ts'
import { whole } from '../format/number.ts'
import { languageTag, wordFor, words } from '../language/language.ts'
import type { MarkName } from '../parts/mark.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { WhyLine } from '../parts/why-line.tsx'
import { useResource } from '../state/use-resource.ts'

const WHY_MS = 4_000
const TYPED_MS = 300
const MARKS: Readonly<Record<string, MarkName>> = {
  paused: 'paused',
  'no-member': 'bad',
  'backing-off': 'warn',
  'behind-others': 'waiting',
  'behind-their-keys': 'waiting',
  'members-busy': 'running',
  'not-published': 'plain',
  'in-hand': 'running',
  dead: 'dead',
  delivered: 'completed',
}

/** Why a group delivers nothing, or what became of a message that the reader names by its number. */
export function GroupWhy({ channel, name }: { readonly channel: string; readonly name: string }) {
  const { channels: text } = words.value
  const [typed, setTyped] = useState('')
  const n = /^[1-9]\d{0,15}$/.test(typed) ? Number(typed) : undefined
  const { data } = useResource(
    `why ${JSON.stringify([channel, name])}`,
    (signal) => api.explainGroup(channel, name, undefined, signal),
    { pollMs: WHY_MS },
  )
  if (data === undefined) return null
  const { newest } = data
  return (
    <>
      <Line title={text.why} why={data} />
      {newest !== undefined && (
        <SearchField label={text.whyMessage(String(newest.n))} value={typed} afterMs={TYPED_MS} onSearch={setTyped} />
      )}
      {newest !== undefined && n !== undefined && (
        <OfMessage channel={channel} name={name} epoch={newest.epoch} n={n} />
      )}
    </>
  )
}

interface OfMessageProps {
  readonly channel: string
  readonly name: string
  readonly epoch: string
  readonly n: number
}

function OfMessage({ channel, name, epoch, n }: OfMessageProps) {
  const { data } = useResource(
    `why ${JSON.stringify([channel, name, epoch, n])}`,
    (signal) => api.explainGroup(channel, name, { epoch, n }, signal),
    { pollMs: WHY_MS },
  )
  return data === undefined ? null : <Line title={words.value.channels.ofMessage(String(n))} why={data} />
}

function Line({ title, why }: { readonly title: string; readonly why: Why }) {
  const { channels: text } = words.value
  const tag = languageTag.value
  return (
    <WhyLine mark={MARKS[why.because] ?? 'good'} title={title} text={wordFor(text.whyTexts, why.because) ?? why.text}>
      <p class="more-of-it">
        {text.members} {whole(why.members, tag)} · {text.slots} {whole(why.concurrency, tag)}
      </p>
    </WhyLine>
  )
}
