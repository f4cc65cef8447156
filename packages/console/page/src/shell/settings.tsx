import { language, LANGUAGES, nameOf, speak, words } from '../language/language.ts'
import type { Language } from '../language/language.ts'
import { chooseTheme, theme, THEMES } from '../state/theme.ts'
import type { Theme } from '../state/theme.ts'

/** Language and theme. Plain selects: every browser and every screen reader knows them. */
export function Settings() {
  const { nav } = words.value
  return (
    <>
      <label class="setting">
        <span class="unseen">{nav.language}</span>
        <select value={language.value} onChange={({ currentTarget }) => speak(currentTarget.value as Language)}>
          {LANGUAGES.map((one) => (
            <option key={one} value={one} selected={one === language.value}>
              {nameOf(one)}
            </option>
          ))}
        </select>
      </label>
      <label class="setting">
        <span class="unseen">{nav.theme.label}</span>
        <select value={theme.value} onChange={({ currentTarget }) => chooseTheme(currentTarget.value as Theme)}>
          {THEMES.map((one) => (
            <option key={one} value={one} selected={one === theme.value}>
              {nav.theme[one]}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}
