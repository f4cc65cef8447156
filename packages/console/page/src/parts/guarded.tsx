import { Component } from 'preact'
import type { ComponentChildren } from 'preact'
import { words } from '../language/language.ts'

/** A view that fails to draw takes nothing else with it. */
export class Guarded extends Component<{ readonly children: ComponentChildren }, { readonly error: unknown }> {
  override state = { error: undefined as unknown }

  static override getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error: error ?? 'unknown' }
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <div class="empty" role="alert">
        <p>{words.value.problems.crashed}</p>
        <pre class="code">{error instanceof Error ? error.message : words.value.problems.title}</pre>
        <button type="button" class="button" onClick={() => this.setState({ error: undefined })}>
          {words.value.act.retry}
        </button>
      </div>
    )
  }
}
