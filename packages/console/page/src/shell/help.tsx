import { words } from '../language/language.ts'
import { Modal } from '../parts/modal.tsx'
import { isHelpOpen } from './open.ts'
import { VIEWS } from './view-list.ts'

export function Help() {
  if (!isHelpOpen.value) return null
  const { keys, nav } = words.value
  return (
    <Modal title={keys.title} onClose={() => (isHelpOpen.value = false)}>
      <Keys
        title={keys.everywhere}
        rows={[
          [['Ctrl', 'K'], keys.find],
          [['?'], keys.help],
          [['/'], keys.search],
          [['r'], keys.refresh],
          [['v'], keys.views],
          [['t'], keys.theme],
          ...VIEWS.map(({ key, name }): Row => [['g', key], keys.go(nav[name])]),
          [['Esc'], keys.escape],
        ]}
      />
      <Keys
        title={keys.lists}
        rows={[
          [['j'], keys.next],
          [['k'], keys.previous],
          [['Enter'], keys.open],
          [['x'], keys.select],
        ]}
      />
    </Modal>
  )
}

type Row = readonly [combination: readonly string[], text: string]

function Keys({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  return (
    <section class="keys">
      <h3>{title}</h3>
      <dl>
        {rows.map(([combination, text]) => (
          <div key={text}>
            <dt>
              {combination.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
