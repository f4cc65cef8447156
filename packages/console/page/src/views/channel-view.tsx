import { useState } from 'preact/hooks'
import { api } from '../api/console-api.ts'
import { words } from '../language/language.ts'
import { Action } from '../parts/action.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { JsonField, readJson } from '../parts/fields.tsx'
import { FormModal } from '../parts/form-modal.tsx'
import { useTitle } from '../parts/use-title.ts'
import { hrefOf } from '../state/router.ts'
import { toast } from '../state/toasts.ts'
import { ChannelTail } from './channel-tail.tsx'
import { ChannelGroups } from './channel-groups.tsx'

const POLL_MS = 3_000

/** One channel: its groups, and what is published just now. */
export function ChannelView({ name }: { readonly name: string }) {
  const { channels: text } = words.value
  useTitle(name)
  const [publishes, setPublishes] = useState(false)
  // Nobody publishes how tasks end.
  const [queue, isOutcomes] = name.split(':')
  return (
    <>
      <nav class="crumbs" aria-label={words.value.act.back}>
        {isOutcomes ? (
          <a href={hrefOf(['queues', queue!])}>{queue}</a>
        ) : (
          <a href={hrefOf(['channels'])}>{text.title}</a>
        )}
      </nav>
      <header class="title">
        <h1>
          <span class="name">{name}</span>
          <CopyButton text={name} what={text.channel} />
        </h1>
        {!isOutcomes && (
          <div class="actions">
            <Action needs="producer" kind="main" onAct={() => setPublishes(true)}>
              {text.publish}
            </Action>
          </div>
        )}
      </header>
      <section class="block">
        <h2>{text.groups}</h2>
        <ChannelGroups channel={name} pollMs={POLL_MS} />
      </section>
      <ChannelTail key={name} name={name} />
      {publishes && <PublishDialog name={name} onClose={() => setPublishes(false)} />}
    </>
  )
}

function PublishDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { channels: text } = words.value
  const [message, setMessage] = useState('{\n  \n}')
  const { value, error } = readJson(message)
  async function send(): Promise<void> {
    await api.publishMessage(name, value)
    toast('good', text.published)
  }
  return (
    <FormModal title={text.publishTitle(name)} go={text.publishGo} unless={error} onClose={onClose} onSend={send}>
      <JsonField label={text.message} value={message} onInput={setMessage} />
    </FormModal>
  )
}
