import { api } from '../api/console-api.ts'
import type { StorageReport } from '../api/contract.ts'
import { bytes, whole } from '../format/number.ts'
import { duration } from '../format/time.ts'
import { languageTag, wordFor, words } from '../language/language.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Mark } from '../parts/mark.tsx'
import { AsOf, LoadError } from '../parts/state-of-load.tsx'
import { useTitle } from '../parts/use-title.ts'
import { useResource } from '../state/use-resource.ts'

const POLL_MS = 10_000

/** The storage as a doctor sees it: first what to do something about, then the facts. */
export function StorageView() {
  const { storage: text } = words.value
  useTitle(text.title)
  const loaded = useResource('storage', (signal) => api.getStorage(signal), {
    pollMs: POLL_MS,
  })
  const { data } = loaded
  return (
    <>
      <header class="title">
        <h1>{text.title}</h1>
        {data && (
          <span class="state">
            {data.kind} {data.version}
          </span>
        )}
        <span class="spring" />
        <AsOf of={loaded} />
      </header>
      <LoadError of={loaded} />
      {data && <Findings report={data} />}
      {data && <Facts report={data} />}
    </>
  )
}

const ORDER = ['error', 'warning', 'ok'] as const
const MARKS = { error: 'bad', warning: 'warn', ok: 'completed' } as const

function Findings({ report: { findings } }: { readonly report: StorageReport }) {
  const { storage: text } = words.value
  const sorted = findings.toSorted((one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level))
  return (
    <section class="block">
      <h2>{text.findings}</h2>
      {findings.length === 0 && <p class="empty">{text.allWell}</p>}
      <ul class="findings">
        {sorted.map(({ level, code, text: finding }) => (
          <li key={code} class={level}>
            <Mark name={MARKS[level]} />
            <div>
              <b>{text.level[level]}</b>
              <p>{wordFor(text.findingTexts, code) ?? finding}</p>
            </div>
            <span class="faint mono">{code}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Facts({ report: { facts } }: { readonly report: StorageReport }) {
  const { storage: text } = words.value
  const tag = languageTag.value
  return (
    <section class="block">
      <h2>{text.facts}</h2>
      <dl class="facts">
        {facts.map(({ name, value, unit }) => (
          <div key={name}>
            <dt>{wordFor(text.names, name) ?? name}</dt>
            <dd>
              {shown(value, unit, tag)}
              <CopyButton text={String(value)} what={name} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function shown(value: string | number | boolean, unit: string | undefined, tag: string): string {
  const { yes, no, perSecond } = words.value.storage
  if (typeof value === 'boolean') return value ? yes : no
  if (typeof value === 'string') return value
  if (unit === 'bytes') return bytes(value)
  if (unit === 'ms') return duration(value, tag)
  const number = Number.isInteger(value) ? whole(value, tag) : String(value)
  return unit === 'perSecond' ? `${number} ${perSecond}` : number
}
