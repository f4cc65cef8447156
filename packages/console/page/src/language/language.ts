import { computed, signal } from '@preact/signals'
import type { ReadonlySignal } from '@preact/signals'
import { remember, remembered } from '../state/memory.ts'
import { en } from './en.ts'
import type { Catalog } from './en.ts'
import { zh } from './zh.ts'

export type Language = 'en' | 'zh'

const CATALOGS: Readonly<Record<Language, Catalog>> = { en, zh }

/** What `lang` of the document and `Intl` call it. */
const TAGS: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-Hans' }

function firstLanguage(): Language {
  const chosen = remembered('language')
  if (chosen === 'en' || chosen === 'zh') return chosen
  return navigator.languages
    .find((tag) => /^(en|zh)\b/i.test(tag))
    ?.toLowerCase()
    .startsWith('zh')
    ? 'zh'
    : 'en'
}

export const language = signal<Language>(firstLanguage())
export const languageTag: ReadonlySignal<string> = computed(() => TAGS[language.value])

/** The words of the reader's language. */
export const words: ReadonlySignal<Catalog> = computed(() => CATALOGS[language.value])

/** The word for a code of the server, where the language has one: a newer server may know more. */
export function wordFor(names: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(names, code) ? names[code] : undefined
}

export const LANGUAGES: readonly Language[] = ['en', 'zh']
export const nameOf = (one: Language): string => CATALOGS[one].name

export function speak(chosen: Language): void {
  language.value = chosen
  remember('language', chosen)
}
